export { composeFlights } from './compose.ts';
export { type FlightsConfig, readFlightsConfig } from './config.ts';
