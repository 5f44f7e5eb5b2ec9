/** The index of numbers of step 9 does what this one did. A step of its own: see `Migrations`. */
export const LOG_0011 = 'drop index {schema}.events_command_id;';

/** The same for tags. */
export const LOG_0012 = 'alter table {schema}.event_tags drop constraint event_tags_pkey;';
