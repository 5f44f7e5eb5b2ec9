import type { Routes } from '@tidemark/http';

/** What the gateway tells a service about a request, beside the request itself. */
export interface GatewayEnv {
  readonly correlationId: string;
  readonly actor: string;
}

/** A service behind the gateway. */
export interface GatewayService {
  readonly name: string;
  readonly routes: Routes;
  readonly fetch: (request: Request, env?: GatewayEnv) => Promise<Response>;
}
