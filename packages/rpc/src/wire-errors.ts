import { FAULTS, Fault, type FaultCode, isFault } from '@tidemark/core';
import {
  createJSONRPCErrorResponse,
  JSONRPCErrorCode,
  type JSONRPCErrorResponse,
  type JSONRPCID,
} from 'json-rpc-2.0';
import { z } from 'zod';

/** JSON-RPC leaves this range to applications: a fault, named in `data`. */
const FAULT_CODE = -32_000;

const faultData = z.object({
  fault: z.string().refine((code): code is FaultCode => code in FAULTS),
  retryable: z.boolean(),
});

/** What a thrown error becomes on the wire: the code of a fault, and nothing of any other error. */
export function toWire(id: JSONRPCID, error: unknown): JSONRPCErrorResponse {
  if (error instanceof RefusedParams) {
    return createJSONRPCErrorResponse(id, JSONRPCErrorCode.InvalidParams, error.message);
  }
  if (!isFault(error)) {
    return createJSONRPCErrorResponse(id, JSONRPCErrorCode.InternalError, 'Internal error');
  }
  const { retryable, meaning } = FAULTS[error.code];
  return createJSONRPCErrorResponse(id, FAULT_CODE, meaning, { fault: error.code, retryable });
}

/** The fault a caller sees: UNAVAILABLE when asking again may help, REFUSED when it cannot. */
export function toFault(method: string, error: { code: number; message: string; data?: unknown }) {
  const known = faultData.safeParse(error.data);
  const retryable =
    error.code === JSONRPCErrorCode.InternalError || (known.success && known.data.retryable);
  const because = known.success ? known.data.fault : error.message;
  return neighbourFault(retryable, `${method}: ${because}`);
}

/** A fault of a neighbour; `retryable` decides which. */
export function neighbourFault(retryable: boolean, message: string, cause?: unknown): Fault {
  const code = retryable ? 'NEIGHBOUR_UNAVAILABLE' : 'NEIGHBOUR_REFUSED';
  return new Fault(code, message, { cause });
}

/** Parameters that do not fit the contract; names fields, never values. */
export class RefusedParams extends Error {
  constructor(error: z.ZodError) {
    super(`params do not fit: ${describeIssues(error)}`);
    this.name = 'RefusedParams';
  }
}

/** Where a value does not fit its schema, without the value. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 5)
    .map((issue) => `${issue.path.join('.') || '(all)'}: ${issue.message}`)
    .join('; ');
}
