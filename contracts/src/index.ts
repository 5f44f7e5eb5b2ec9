export { auditEntry, auditRoutes, loggedEvent } from './audit.ts';
export { flight, flightStatus, flightsMessages, flightsRoutes, flightsRpc } from './flights.ts';
export { passenger, passengerStatus, passengersRoutes } from './passengers.ts';
export { historyItem, id, personalText } from './shapes.ts';
