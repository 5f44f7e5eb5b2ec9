import type { ZodObject, ZodType } from 'zod';

/** One question or command that another service may put and that must be settled now. */
export interface RpcMethodContract {
  readonly summary: string;
  readonly params: ZodObject;
  readonly result: ZodType;
}

/** The methods of a service, by name; on the wire `<service>.<method>`. */
export interface RpcContract {
  readonly service: string;
  readonly methods: { readonly [method: string]: RpcMethodContract };
}
