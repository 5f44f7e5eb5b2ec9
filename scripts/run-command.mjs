import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Root of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../', import.meta.url));

/**
 * Runs a program in the repository and waits for it.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ quiet?: boolean, env?: NodeJS.ProcessEnv }} [options] `quiet` keeps the output instead of showing it.
 * @returns {Promise<{ code: number, output: string, tookMs: number }>} `code` is 1 when it could not be started.
 */
export function runCommand(command, args, options = {}) {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: ROOT,
      env: { ...process.env, ...options.env },
      stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    let output = '';
    const keep = (chunk) => {
      output += chunk;
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    const settle = (code) => resolve({ code, output, tookMs: performance.now() - startedAt });
    child.on('error', (error) => {
      output += error.message;
      settle(1);
    });
    child.on('close', (code) => settle(code ?? 1));
  });
}

/** Whether a script was started by its own name, not imported. */
export function isMain(url) {
  return process.argv[1] === fileURLToPath(url);
}

/** @param {number} ms */
export function seconds(ms) {
  return `${(ms / 1_000).toFixed(1)} s`;
}
