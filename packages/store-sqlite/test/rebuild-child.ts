// A process that keeps a read model up to date until it is told to end: rebuild-child.ts <folder> [events a second]
import { openService } from './rebuild-world.ts';

const [folder = '', pace] = process.argv.slice(2);
const service = await openService(
  folder,
  pace === undefined ? {} : { eventsPerSecond: Number(pace) },
);
const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.stdout.write('running\n');
await service.live.runnable.run(stop.signal);
await service.close();
