/** Forms of log lines: one JSON value a line for machines, text for people. */
export const LOG_FORMATS = ['json', 'text'] as const;

export type LogFormat = (typeof LOG_FORMATS)[number];
