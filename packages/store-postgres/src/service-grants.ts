import { Fault } from '@tidemark/core';

/** Who may work in which schema. */
export interface ServiceGrants {
  readonly schema: string;
  /** A role that does not own the tables, for example `tidemark_service`. */
  readonly role: string;
}

const NAME = /^[a-z_][a-z0-9_]{0,62}$/;

const GRANTS = `grant usage, create on schema {schema} to {role};
grant select, insert on {schema}.tidemark_migrations to {role};
grant select, insert on {schema}.streams, {schema}.events, {schema}.event_tags to {role};
grant select, update on {schema}.log_head to {role};
grant execute on all functions in schema {schema} to {role};`;

/**
 * SQL that lets a role append and read, and make read models of its own, but neither change an event nor switch
 * off the triggers that refuse it. To be run by the owner once an engine has been opened in the schema with the
 * owner's URL; services are then given the role's URL. Read models, leases and keys belong to the role that
 * opens them first.
 *
 * @throws CONFIGURATION_INVALID when a name is not plain lower-case.
 *
 * @example
 * await owner.query(serviceGrants({ schema: 'flights', role: 'tidemark_service' }));
 */
export function serviceGrants({ schema, role }: ServiceGrants): string {
  for (const name of [schema, role]) {
    if (!NAME.test(name)) {
      throw new Fault('CONFIGURATION_INVALID', `"${name}" is not a plain lower-case name`);
    }
  }
  return GRANTS.replaceAll('{schema}', `"${schema}"`).replaceAll('{role}', `"${role}"`);
}
