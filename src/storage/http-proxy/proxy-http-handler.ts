import { HttpRequest, type HttpResponse } from '@smithy/core/transport';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { chooseProxy, nameOfProxy, type ProxySettings, type Target } from './choose-proxy.js';
import { createTunnelAgent, type TunnelSettings } from './tunnel-agent.js';

export interface ProxyHttpSettings extends TunnelSettings {
  readonly socketTimeoutMs: number;
  /** Default: no proxies. */
  readonly proxies?: ProxySettings | undefined;
}

type HandleOptions = Parameters<NodeHttpHandler['handle']>[1];

/**
 * The SDK's own HTTP handler, through the proxies of the standard variables: https requests in a tunnel (CONNECT),
 * http requests by asking the proxy for the whole URL. An error of either says which proxy it was, as `proxy`.
 */
export class ProxyHttpHandler extends NodeHttpHandler {
  #tunnel: NodeHttpHandler | undefined;

  constructor(private readonly settings: ProxyHttpSettings) {
    super(nodeSettings(settings));
  }

  /** Whether a request goes straight to the server that it names. */
  isDirect(request: HttpRequest): boolean {
    return this.#proxyFor(request) === undefined;
  }

  override async handle(request: HttpRequest, options?: HandleOptions): Promise<{ response: HttpResponse }> {
    const proxy = this.#proxyFor(request);
    if (proxy === undefined) return await super.handle(request, options);
    try {
      return request.protocol === 'https:'
        ? await this.#tunnelThrough(proxy).handle(request, options)
        : await super.handle(askedOf(proxy, request), options);
    } catch (error) {
      throw error instanceof Error ? Object.assign(error, { proxy: nameOfProxy(proxy) }) : error;
    }
  }

  override destroy(): void {
    super.destroy();
    this.#tunnel?.destroy();
  }

  #proxyFor(request: HttpRequest): URL | undefined {
    const { proxies } = this.settings;
    return proxies === undefined ? undefined : chooseProxy(proxies, targetOf(request));
  }

  /** There is one proxy for https, so one handler. */
  #tunnelThrough(proxy: URL): NodeHttpHandler {
    return (this.#tunnel ??= new NodeHttpHandler(async () => ({
      ...nodeSettings(this.settings),
      httpsAgent: await createTunnelAgent(proxy, this.settings),
    })));
  }
}

function nodeSettings({ connectTimeoutMs, socketTimeoutMs, maxSockets }: ProxyHttpSettings) {
  return {
    connectionTimeout: connectTimeoutMs,
    socketTimeout: socketTimeoutMs,
    httpAgent: { keepAlive: true, maxSockets },
    httpsAgent: { keepAlive: true, maxSockets },
  };
}

function targetOf({ protocol, hostname, port }: HttpRequest): Target {
  return { protocol, hostname, port: port ?? (protocol === 'https:' ? 443 : 80) };
}

/** The request as an HTTP proxy wants it: to itself, for the whole URL. What is signed, the path too, stays as it is. */
function askedOf(proxy: URL, request: HttpRequest): HttpRequest {
  const { hostname, port } = targetOf(request);
  const asked = HttpRequest.clone(request);
  asked.path = `http://${hostname}:${String(port)}${request.path}`;
  asked.protocol = proxy.protocol;
  asked.hostname = proxy.hostname;
  asked.port = proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : Number(proxy.port);
  if (proxy.username !== '') asked.headers['proxy-authorization'] = basicAuthorization(proxy);
  return asked;
}

function basicAuthorization({ username, password }: URL): string {
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(credentials).toString('base64')}`;
}
