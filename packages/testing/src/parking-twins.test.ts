import type { Parking } from '@tidemark/core';
import { createMemoryParking, createMemoryParkingStorage } from '@tidemark/store-memory';
import { uniqueId } from './event-builders.ts';
import { parkingCases } from './parking-contract.ts';
import type { ParkingSubject } from './parking-contract-case.ts';
import { registerTwins, type Twin } from './twins.ts';

type Sabotage = (parking: Parking) => Partial<Parking>;

async function openSubject(sabotage: Sabotage = () => ({})): Promise<ParkingSubject> {
  const storage = createMemoryParkingStorage();
  const openOne = async () => {
    const parking = createMemoryParking({ storage });
    return { ...parking, ...sabotage(parking) };
  };
  const parking = await openOne();
  const reopen = async () => {
    await parking.close();
    return openOne();
  };
  return { parking, reopen, openSecond: openOne, close: parking.close };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const idsUnder = async (parking: Parking, reader: string, key: string) => {
  const found = await parking.find(reader, key);
  return found && [found.first.id, ...(await parking.waitingIds(reader, key, 1_000))];
};

const twins: readonly Twin<Sabotage>[] = [
  {
    broken: 'loses the body',
    sabotage: (parking) => ({
      park: ({ items, ...rest }) =>
        parking.park({ ...rest, items: items.map(({ id }) => ({ id, body: {} })) }),
    }),
    caughtBy: ['a parked message comes back as it came, with its failure'],
  },
  {
    broken: 'puts what comes later first',
    sabotage: (parking) => ({
      park: ({ items, ...rest }) => parking.park({ ...rest, items: [...items].reverse() }),
    }),
    caughtBy: ['what waits stands behind the first in the order in which it came'],
  },
  {
    broken: 'lets messages wait where nothing is parked',
    sabotage: (parking) => ({
      park: (request) => parking.park({ ...request, error: request.error ?? '' }),
    }),
    caughtBy: ['nothing waits under a key that is not parked'],
  },
  {
    broken: 'parks a message again each time it comes',
    sabotage: (parking) => {
      let times = 0;
      return {
        park: ({ items, ...rest }) => {
          times += 1;
          const again = items.map(({ id, body }) => ({
            id: times > 1 ? `${id}.${times}` : id,
            body,
          }));
          return parking.park({ ...rest, items: again });
        },
      };
    },
    caughtBy: ['a message that comes again stays where and as it is'],
  },
  {
    broken: 'takes the latest failure for that of the first',
    sabotage: (parking) => ({
      park: async (request) => {
        const answer = await parking.park(request);
        const { reader, key, error } = request;
        const first = (await parking.find(reader, key))?.first.id ?? '';
        if (error !== undefined) await parking.note(reader, key, { id: first, error });
        return answer;
      },
    }),
    caughtBy: ['a message that comes again stays where and as it is'],
  },
  {
    broken: 'keeps the failure for the next message',
    sabotage: (parking) => ({
      remove: async (reader, key, id) => {
        const error = (await parking.find(reader, key))?.error;
        const removed = await parking.remove(reader, key, id);
        const next = await parking.find(reader, key);
        if (next && error) await parking.note(reader, key, { id: next.first.id, error });
        return removed;
      },
    }),
    caughtBy: [
      'a failure is noted at the first message of a key, and stays there',
      'a failure behind what is parked already waits like all others',
    ],
  },
  {
    broken: 'takes an id for the same message under every key',
    sabotage: (parking) => {
      const keys = new Map<string, string>();
      return {
        park: async ({ items, ...rest }) => {
          const fresh = items.filter(({ id }) => (keys.get(id) ?? rest.key) === rest.key);
          for (const { id } of fresh) keys.set(id, rest.key);
          return fresh.length === 0 ? 'parked' : parking.park({ ...rest, items: fresh });
        },
      };
    },
    caughtBy: ['the same id under another key is another message'],
  },
  {
    broken: 'stores what fits of what is too much',
    sabotage: (parking) => ({
      park: async (request) => {
        const [first] = request.items;
        const answer = await parking.park(request);
        if (answer === 'full' && first) await parking.park({ ...request, items: [first] });
        return answer;
      },
    }),
    caughtBy: ['bounds hold for a key and for a reader, and what passes them is not stored at all'],
  },
  {
    broken: 'knows no bound for a reader',
    sabotage: (parking) => ({
      park: ({ most, ...rest }) =>
        parking.park({ ...rest, most: { ...most, ofReader: Number.POSITIVE_INFINITY } }),
    }),
    caughtBy: ['bounds hold for a key and for a reader, and what passes them is not stored at all'],
  },
  {
    broken: 'takes off whatever is first',
    sabotage: (parking) => ({
      remove: async (reader, key) => {
        const found = await parking.find(reader, key);
        return found !== undefined && parking.remove(reader, key, found.first.id);
      },
    }),
    caughtBy: ['only the first message of a key is taken off, and with the last the key is free'],
  },
  {
    broken: 'notes a failure at whatever is first',
    sabotage: (parking) => ({
      note: async (reader, key, { error }) => {
        const found = await parking.find(reader, key);
        const id = found?.first.id ?? '';
        return found !== undefined && parking.note(reader, key, { id, error });
      },
    }),
    caughtBy: ['a failure is noted at the first message of a key, and stays there'],
  },
  {
    broken: 'lists keys in the order of UTF-16',
    sabotage: (parking) => ({
      list: async (reader, limit, after) =>
        [...(await parking.list(reader, 1_000))]
          .sort((one, other) => (one.key < other.key ? -1 : 1))
          .filter(({ key }) => after === undefined || key > after)
          .slice(0, limit),
    }),
    caughtBy: ['keys are listed in the order of their bytes, page by page'],
  },
  {
    broken: 'keeps what is parked in the process',
    sabotage: (parking) => {
      const own = createMemoryParking();
      return { ...own, close: parking.close };
    },
    caughtBy: ['what is parked, and what no longer is, is so after opening again'],
  },
  {
    broken: 'remembers in the process what was parked',
    sabotage: (parking) => {
      const seen = new Map<string, boolean>();
      return {
        parkedAmong: async (reader, keys) => {
          const parked = await parking.parkedAmong(reader, keys);
          for (const key of keys) if (!seen.has(key)) seen.set(key, parked.has(key));
          return new Set(keys.filter((key) => seen.get(key)));
        },
      };
    },
    caughtBy: ['what one parks, another beside it sees at once'],
  },
  {
    broken: 'looks first and stores later',
    sabotage: (parking) => {
      return {
        park: async (request) => {
          const before = (await idsUnder(parking, request.reader, request.key)) ?? [];
          await turn();
          const items = request.items
            .filter(({ id }) => !before.includes(id))
            .map(({ id, body }) => ({ id: uniqueId(id), body }));
          return items.length === 0 ? 'parked' : parking.park({ ...request, items });
        },
      };
    },
    caughtBy: ['two that park the same messages at the same time park each once'],
  },
  {
    broken: 'says that a message waits without looking again',
    sabotage: (parking) => ({
      park: async (request) => {
        const parked = await parking.parkedAmong(request.reader, [request.key]);
        await turn();
        const answer = await parking.park(request);
        return parked.size === 0 ? answer : 'parked';
      },
      remove: async (reader, key, id) => {
        await turn();
        return parking.remove(reader, key, id);
      },
    }),
    caughtBy: ['no message is left behind when the last one is taken off while another comes'],
  },
  {
    broken: 'takes a message off after a look',
    sabotage: (parking) => ({
      remove: async (reader, key, id) => {
        const found = await parking.find(reader, key);
        await turn();
        await parking.remove(reader, key, id);
        return found?.first.id === id;
      },
    }),
    caughtBy: ['of two that take the same message off at the same time, one does'],
  },
  {
    broken: 'counts what is parked before storing more',
    sabotage: (parking) => ({
      park: async (request) => {
        const parked = await parking.list(request.reader, 1_000);
        await turn();
        if (parked.length >= request.most.ofReader) return 'full';
        return parking.park({ ...request, most: { ofKey: 1_000, ofReader: 1_000 } });
      },
    }),
    caughtBy: ['bounds hold for several who park at the same time'],
  },
  {
    broken: 'still answers when it is closed',
    sabotage: () => ({ list: async () => [] }),
    caughtBy: ['after closing, every call is a fault'],
  },
];

registerTwins({ port: 'parking', cases: parkingCases, twins, open: openSubject });
