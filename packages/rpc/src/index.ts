export type { RpcCallContext } from './call-context.ts';
export type { RpcContract, RpcMethodContract } from './contract.ts';
export { createRpcClient, type RpcClient, type RpcClientParts } from './rpc-client.ts';
export { createRpcServer, type RpcHandlers, type RpcServerParts } from './rpc-server.ts';
