/** Serves the dashboard on the operators' listener: static files under a content security policy that lets in nothing from outside. */
import fastifyHelmet from '@fastify/helmet';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { bundleWeb, keepBundle } from './web-bundle.ts';

export interface WebPageOptions {
  /** Of the bundle, see `web-bundle.ts`. */
  readonly directory: string;
}

/** The addresses that the page draws itself: each is the same file, and the page looks at the address. */
const VIEWS = ['/', '/runs', '/runs/*', '/compare'];

const ROUTE = { schema: { hide: true }, config: { isOfPage: true } } as const;

/** Scripts, styles, pictures and connections of this listener only. No inline script, no frame, no form, no base. */
const POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'"],
  imgSrc: ["'self'"],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/** The dashboard as a plugin, built first where these sources never were; null, and the reason in the log, where it cannot be built. */
export async function openWebPage(log: Logger): Promise<FastifyPluginAsync | null> {
  try {
    const { directory } = await bundleWeb();
    return async (app) => {
      const stop = keepBundle(directory);
      app.addHook('onClose', (_app, done) => {
        stop();
        done();
      });
      await registerWebPage(app, { directory });
    };
  } catch (err) {
    log.warn(
      { err },
      'the dashboard could not be built: the API works without it; install the dependencies and start again',
    );
    return null;
  }
}

/** A browser that goes to an address says that it takes HTML; scripts take anything or JSON. */
function wantsPage({ url, headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true && !/^\/(?:api|assets|metrics|healthz)(?:[/?]|$)/.test(url);
}

/** Part of the API's server, which guards it against other hosts. The files show nothing of any run and need no token. */
export async function registerWebPage(app: FastifyInstance, options: WebPageOptions): Promise<void> {
  await app.register(fastifyHelmet, {
    contentSecurityPolicy: { useDefaults: false, directives: POLICY },
    referrerPolicy: { policy: 'no-referrer' },
    // The listener may be plain HTTP on loopback; whoever puts TLS in front decides on this.
    strictTransportSecurity: false,
  });
  await app.register(fastifyStatic, {
    root: options.directory,
    serve: false,
    preCompressed: true,
  });
  for (const url of VIEWS) {
    app.get(url, ROUTE, (_request, reply) =>
      reply.sendFile('index.html', { cacheControl: false }).header('cache-control', 'no-cache'),
    );
  }
  // Somebody who mistyped an address gets the page, which says so; a program gets the API's words.
  app.get('/*', ROUTE, (request, reply) => {
    if (!wantsPage(request)) {
      reply.callNotFound();
      return;
    }
    return reply.code(404).sendFile('index.html', { cacheControl: false });
  });
  // Names carry the hash of their content.
  app.get<{ Params: { '*': string } }>('/assets/*', ROUTE, (request, reply) =>
    reply.sendFile(`assets/${request.params['*']}`, { maxAge: '365d', immutable: true }),
  );
}
