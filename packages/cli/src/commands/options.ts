import { InvalidArgumentError, Option } from 'commander';

/** Which service is meant. */
export function serviceOption(): Option {
  return new Option('-s, --service <name>', 'the service').makeOptionMandatory();
}

/** How many rows are wanted. */
export function limitOption(otherwise: number): Option {
  return new Option('-n, --limit <count>', 'at most so many')
    .default(otherwise)
    .argParser((text) => {
      if (/^[1-9][0-9]{0,8}$/.test(text)) return Number(text);
      throw new InvalidArgumentError('It is a whole number from 1.');
    });
}
