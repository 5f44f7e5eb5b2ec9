import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { gzipSync } from 'node:zlib';

/** Answers a GET or HEAD for a path of the console; `undefined` when it has no such page or file. */
export type ServeFile = (request: Request, pathname: string) => Response | undefined;

interface File {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly etag: string;
  /** Made when first asked for. */
  compressed?: Uint8Array;
}

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
const COMPRESSIBLE = /^(text|image\/svg|application\/(json|manifest))/;
/** Built files carry a hash of their content in their name; they never change. */
const HASHED = /[-.][A-Za-z0-9_-]{8,}\.\w+$/;
/** Paths that belong to services, whatever a browser accepts. */
const RESERVED = /^\/(api|rpc|metrics|healthz|readyz)(\/|$)/;

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/**
 * Serves the built console from memory. All files are read here, once; a request is only looked up
 * among their names, so no path can lead out of the folder.
 *
 * @throws what reading the folder throws.
 */
export function openConsole(folder: string | undefined): ServeFile {
  if (folder === undefined) return () => undefined;
  const files = readFiles(folder);
  return (request, pathname) => {
    if (RESERVED.test(pathname)) return undefined;
    const file =
      files.get(pathname) ?? (isNavigation(request, pathname) ? files.get('/') : undefined);
    return file === undefined ? undefined : respond(request, file);
  };
}

function readFiles(folder: string): ReadonlyMap<string, File> {
  const files = new Map<string, File>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const name = join(entry.parentPath, entry.name);
    const path = `/${relative(folder, name).split(sep).join('/')}`;
    const bytes = readFileSync(name);
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    files.set(path === '/index.html' ? '/' : path, { path, bytes, etag });
  }
  return files;
}

/** A person who opens or reloads a page of the console; a missing script must not become a page. */
function isNavigation(request: Request, pathname: string): boolean {
  const accepts = request.headers.get('accept') ?? '';
  return accepts.includes('text/html') && !(pathname.split('/').at(-1) ?? '').includes('.');
}

function respond(request: Request, file: File): Response {
  const type = TYPES[extname(file.path)] ?? 'application/octet-stream';
  const headers: Record<string, string> = {
    ...SECURITY_HEADERS,
    etag: file.etag,
    vary: 'accept-encoding',
    'cache-control': isImmutable(file) ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (knows(request, file.etag)) return new Response(null, { status: 304, headers });
  headers['content-type'] = type;
  let body = file.bytes;
  if (COMPRESSIBLE.test(type) && acceptsGzip(request)) {
    file.compressed ??= gzipSync(file.bytes);
    body = file.compressed;
    headers['content-encoding'] = 'gzip';
    // Other bytes, other tag: a strong one would promise that they are the same.
    headers.etag = `W/${file.etag}`;
  }
  headers['content-length'] = String(body.byteLength);
  return new Response(request.method === 'HEAD' ? null : Buffer.from(body), { headers });
}

function isImmutable(file: File): boolean {
  return file.path.startsWith('/assets/') && HASHED.test(file.path);
}

function knows(request: Request, etag: string): boolean {
  const known = request.headers.get('if-none-match') ?? '';
  return known.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

function acceptsGzip(request: Request): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(
    request.headers.get('accept-encoding') ?? '',
  );
}
