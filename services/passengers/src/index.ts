export { composePassengers } from './compose.ts';
export { type PassengersConfig, readPassengersConfig } from './config.ts';
