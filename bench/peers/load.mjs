/**
 * Imports a package of this folder. By a name that no checker of imports sees, because these packages are installed
 * by the benchmarks only.
 *
 * @param {string} name
 */
export const load = (name) => import(name);
