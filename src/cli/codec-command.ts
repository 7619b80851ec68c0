import type { Command } from 'commander';
import { loadConfig } from '../config.js';
import { MidstateError } from '../core/failures.js';
import { parseListenAddress, type ListenAddress } from '../core/listen-address.js';
import { createProcessLogger } from '../observability/create-process-logger.js';
import { stopOnSignal, untilAborted } from './stop-on-signal.js';

interface CodecOptions {
  readonly listen: string;
  readonly origin?: string;
}

export function addCodecCommand(program: Command): void {
  program
    .command('codec')
    .description(
      'decrypt payloads for the Temporal Web UI, with the keys of MIDSTATE_PAYLOAD_KEY_FILE; until Ctrl-C',
    )
    .option('--listen <host:port>', 'where to listen', '127.0.0.1:8888')
    .option(
      '--origin <url>',
      'origin of the Web UI, whose pages alone may ask (default: that of MIDSTATE_UI_URL)',
    )
    .addHelpText('after', '\nExample:\n  midstate codec --origin http://localhost:8233')
    .action(serve);
}

async function serve(options: CodecOptions): Promise<void> {
  const config = loadConfig();
  const { payloadKeyFile, uiUrl } = config;
  if (payloadKeyFile === undefined) {
    throw new MidstateError(
      'InvalidInput',
      'codec: expected keys in MIDSTATE_PAYLOAD_KEY_FILE, got none (docs/security.md)',
    );
  }
  const origin = originOf(options.origin ?? uiUrl);
  const address = addressOf(options.listen);
  const [{ loadCodec }, { startCodecServer }, { decryptDataKey }] = await Promise.all([
    import('../temporal/load-data-converter.js'),
    import('../temporal/payloads/codec-server.js'),
    import('../storage/decrypt-data-key.js'),
  ]);
  const logger = createProcessLogger(config, { role: 'codec' });
  const stop = stopOnSignal();
  const codec = await loadCodec(payloadKeyFile, decryptDataKey);
  const server = await startCodecServer({ address, origin, codec });
  logger.info('codec server started', { url: server.url, origin });
  await untilAborted(stop);
  await server.close();
}

function originOf(url: string | undefined): string {
  if (url !== undefined && URL.canParse(url)) return new URL(url).origin;
  throw new MidstateError(
    'InvalidInput',
    `codec: expected the Web UI's address in --origin or MIDSTATE_UI_URL, e.g. http://localhost:8233, got ${url ?? 'none'}`,
  );
}

function addressOf(text: string): ListenAddress {
  try {
    return parseListenAddress(text);
  } catch (error) {
    throw new MidstateError('InvalidInput', `codec: --listen: ${(error as Error).message}`);
  }
}
