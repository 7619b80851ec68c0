/**
 * A line as `sha1sum` prints it, ready for `sha1sum -c`. A name with a backslash, newline or carriage return is
 * escaped, and the line marked with a leading backslash, as GNU coreutils does.
 *
 * @param digest lower-case hex
 */
export function checksumLine(digest: string, name: string): string {
  const escaped = name.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/\r/g, '\\r');
  return `${escaped === name ? '' : '\\'}${digest}  ${escaped}\n`;
}
