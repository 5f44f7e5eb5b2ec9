import { isKeepable, LIMITS, type Query } from '@tidemark/core';

/**
 * The query without what no event can match, for which PostgreSQL would plan for long or which it cannot take: texts
 * that are never stored, tags named twice, and alternatives of more tags than an event has. Finds the same.
 */
export function satisfiable(query: Query): Query {
  return query.flatMap(({ categories, types, tags }) => {
    const asked = tags && [...new Set(tags)];
    if (asked && (asked.length > LIMITS.tagsPerEvent || !asked.every(isKeepable))) return [];
    return {
      ...(categories && { categories: categories.filter(isKeepable) }),
      ...(types && { types: types.filter(isKeepable) }),
      ...(asked && { tags: asked }),
    };
  });
}
