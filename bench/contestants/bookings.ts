import {
  type Codec,
  createCodec,
  type Keys,
  type MessagesOf,
  type ReadModel,
  storedAs,
} from '@tidemark/core';

/** The events of all rows, decoded: what `harness/payload.ts` makes. */
export type Booking = MessagesOf<{
  SeatBooked: {
    readonly flightId: string;
    readonly seat: string;
    readonly price: { readonly amount: number };
    readonly bookedAt: string;
  };
}>;

export const bookings: Codec<Booking> = createCodec<Booking>({
  SeatBooked: storedAs({
    parse: (data) => {
      if (typeof data.seat !== 'string') throw new Error('no seat');
      return data as never;
    },
  }),
});

/** Nothing in these events is personal. */
export const noKeys: Keys = {
  ensure: async () => new Map(),
  fetch: async () => new Map(),
  erase: async () => 'never-seen',
  close: async () => {},
};

/** State of a stream, for rows that replay it. */
export interface Booked {
  readonly seats: number;
  readonly amount: number;
}

export const NOTHING_BOOKED: Booked = { seats: 0, amount: 0 };

export function evolveBooked(state: Booked, { data }: Booking): Booked {
  return { seats: state.seats + 1, amount: state.amount + data.price.amount };
}

/** A row of the read model: one a stream. */
export interface FlightRow {
  readonly flight: string;
  readonly bookings: number;
  readonly amount: number;
  readonly lastSeat: string;
  readonly bookedAt: string;
}

export function nextFlightRow(
  row: FlightRow | undefined,
  flight: string,
  data: Booking['data'],
): FlightRow {
  return {
    flight,
    bookings: (row?.bookings ?? 0) + 1,
    amount: (row?.amount ?? 0) + data.price.amount,
    lastSeat: data.seat,
    bookedAt: data.bookedAt,
  };
}

/** A keyed fold with two indexes. Another version is another table. */
export function flightsReadModel(version: number): ReadModel<Booking, FlightRow> {
  return {
    name: 'booked-flights',
    version,
    categories: ['flight'],
    indexes: { by_amount: ['amount'], by_seat: ['lastSeat', 'bookings'] },
    key: ({ stream }) => [stream],
    evolve: (row, { event }, key) => nextFlightRow(row, key, event.data),
  };
}
