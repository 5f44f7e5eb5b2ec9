export { createGateway, type GatewayParts } from './gateway.ts';
export type { GatewayEnv, GatewayService } from './gateway-service.ts';
