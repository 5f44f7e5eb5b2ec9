import { type Figure, type Measure, median, medianRatio, valuesOf } from './figures.ts';
import type { Measured, MeasuredRow, Wanted } from './row.ts';

const HEAD = `| | workload | limit | ours | % of limit | wanted | holds? | best peer | ratio | wanted | holds? | limit / peer |
|---|---|---:|---:|---:|---:|---|---|---:|---:|---|---:|`;
const DETAILS_HEAD = `| | side | median | lowest | highest | CPU us an event | |
|---|---|---:|---:|---:|---:|---|`;
const UNITS: Readonly<Record<Measure, string>> = {
  perSecond: '/s',
  p50Ms: 'ms p50',
  p99Ms: 'ms p99',
  tookMs: 'ms',
  residentMb: 'MB',
  cpuUs: 'us',
};
const FAILURE_SHOWN = 160;

/**
 * One line a row: limit, ours, the best peer, and whether what is wanted of each holds. Rates are medians of all rounds, and
 * a comparison is the median of those made round by round. The last column is how many times
 * better than that peer the limit itself is: what is wanted beyond it nothing that does the limit's work can reach.
 */
export function describeRows(rows: readonly MeasuredRow[]): string {
  return [HEAD, ...rows.map(describeRow)].join('\n');
}

/** One line a side: how far its rounds lie apart, and why it is out when it is. */
export function describeSides(rows: readonly MeasuredRow[]): string {
  const lines = rows.flatMap(({ row, sides }) =>
    sides.map((side) => `| ${row.id} | ${describeSide(side, row.wanted)} |`),
  );
  return [DETAILS_HEAD, ...lines].join('\n');
}

/** Whether ours is as near to the limit as it is wanted, and within its bounds; `undefined` where nothing of that is wanted. */
function holdsAgainstLimit({ row, sides }: MeasuredRow): boolean | undefined {
  const { ofLimit, atMost } = row.wanted;
  if (ofLimit === undefined && atMost === undefined) return undefined;
  const ours = find(sides, 'ours');
  if (ours === undefined || ours.figures.length === 0) return false;
  const percent = ratio(ours, find(sides, 'limit'));
  const bounds = Object.entries(atMost ?? {}) as [Measure, number][];
  return (
    (ofLimit === undefined || (percent !== undefined && percent >= ofLimit)) &&
    bounds.every(([measure, most]) => (value(ours, measure) ?? Number.POSITIVE_INFINITY) <= most)
  );
}

/** Whether ours is so much better than peers as it is wanted; `undefined` where nothing is, or no such peer measured anything. */
function holdsAgainstPeers({ row, sides }: MeasuredRow): boolean | undefined {
  const { ofPeer, ofPeers = {} } = row.wanted;
  const ours = find(sides, 'ours');
  const best = bestPeer(sides, mainMeasure(row.wanted));
  const asked: (readonly [peer: Measured | undefined, least: number])[] = Object.entries(
    ofPeers,
  ).map(([name, least]) => [sides.find(({ contender }) => contender.name === name), least]);
  if (ofPeer !== undefined) asked.push([best, ofPeer]);
  const verdicts = asked.flatMap(([peer, least]) => {
    const times = ours && ratioToPeer(ours, peer, row.wanted);
    return times === undefined ? [] : [times >= least];
  });
  return verdicts.length === 0 ? undefined : verdicts.every((verdict) => verdict);
}

function describeRow(measured: MeasuredRow): string {
  const { row, sides } = measured;
  const { wanted } = row;
  const limit = find(sides, 'limit');
  const ours = find(sides, 'ours');
  const peer = bestPeer(sides, mainMeasure(wanted));
  const percent = ours && ratio(ours, limit);
  const times = ours && ratioToPeer(ours, peer, wanted);
  const limitTimes = limit && ratioToPeer(limit, peer, wanted);
  const cells = [
    row.id,
    row.what,
    limit === undefined ? '-' : `${show(limit, wanted)} (${limit.contender.name})`,
    ours === undefined ? '-' : show(ours, wanted),
    percent === undefined ? '-' : `${Math.round(percent * 100)} %`,
    describeWanted(wanted),
    describeVerdict(holdsAgainstLimit(measured)),
    peer === undefined ? '-' : `${peer.contender.name} ${show(peer, wanted)}`,
    times === undefined ? '-' : `${rounded(times)}x`,
    describeWantedOfPeers(wanted),
    describeVerdict(holdsAgainstPeers(measured)),
    limitTimes === undefined ? '-' : `${rounded(limitTimes)}x`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function describeSide(side: Measured, wanted: Wanted): string {
  const measure = mainMeasure(wanted);
  const values = valuesOf(side.figures, measure);
  const cpu = value(side, 'cpuUs');
  const notes = [side.figures.findLast(({ note }) => note !== undefined)?.note, side.failure];
  return [
    side.contender.forScale === true ? `${side.contender.name} (not durable)` : side.contender.name,
    values.length === 0 ? '-' : show(side, wanted),
    values.length === 0 ? '-' : rounded(Math.min(...values)),
    values.length === 0 ? '-' : rounded(Math.max(...values)),
    cpu === undefined ? '-' : cpu.toFixed(1),
    notes
      .filter((note) => note !== undefined)
      .map(oneLine)
      .join('; '),
  ].join(' | ');
}

function describeVerdict(holds: boolean | undefined): string {
  if (holds === undefined) return '-';
  return holds ? 'yes' : '**NO**';
}

function describeWanted({ ofLimit, atMost }: Wanted): string {
  if (ofLimit !== undefined) return `${Math.round(ofLimit * 100)} %`;
  if (atMost === undefined) return '-';
  return Object.entries(atMost)
    .map(([measure, most]) => `${most} ${UNITS[measure as Measure]}`)
    .join(', ');
}

function describeWantedOfPeers({ ofPeer, ofPeers }: Wanted): string {
  if (ofPeers === undefined) return ofPeer === undefined ? '-' : `${ofPeer}x`;
  return Object.entries(ofPeers)
    .map(([name, least]) => `${least}x ${name}`)
    .join(', ');
}

/** What a row is about: a rate, or the first of its bounds. */
function mainMeasure({ atMost, ofLimit }: Wanted): Measure {
  const [bounded] = Object.keys(atMost ?? {});
  return ofLimit !== undefined || bounded === undefined ? 'perSecond' : (bounded as Measure);
}

function show(side: Measured, wanted: Wanted): string {
  const main = mainMeasure(wanted);
  const measures = main === 'perSecond' ? [main] : (Object.keys(wanted.atMost ?? {}) as Measure[]);
  const shown = measures.map((measure) => {
    const found = value(side, measure);
    return found === undefined ? '-' : `${rounded(found)} ${UNITS[measure]}`;
  });
  return side.figures.length === 0 ? 'failed' : shown.join(', ').replaceAll(' /s', '/s');
}

function ratio(ours: Measured, limit: Measured | undefined): number | undefined {
  if (limit === undefined) return undefined;
  return medianRatio(valuesOf(ours.figures, 'perSecond'), valuesOf(limit.figures, 'perSecond'));
}

/** How many times better ours is: more of a rate, less of a time. */
function ratioToPeer(
  ours: Measured,
  peer: Measured | undefined,
  wanted: Wanted,
): number | undefined {
  if (peer === undefined) return undefined;
  const measure = mainMeasure(wanted);
  const [a, b] = [valuesOf(ours.figures, measure), valuesOf(peer.figures, measure)];
  return measure === 'perSecond' ? medianRatio(a, b) : medianRatio(b, a);
}

function bestPeer(sides: readonly Measured[], measure: Measure): Measured | undefined {
  const better = measure === 'perSecond' ? 1 : -1;
  return sides
    .filter(({ role, contender }) => role === 'peer' && contender.forScale !== true)
    .filter((side) => value(side, measure) !== undefined)
    .sort((a, b) => better * ((value(b, measure) ?? 0) - (value(a, measure) ?? 0)))[0];
}

function find(sides: readonly Measured[], role: Measured['role']): Measured | undefined {
  return sides.find((side) => side.role === role);
}

function value({ figures }: { readonly figures: readonly Figure[] }, measure: Measure) {
  return median(valuesOf(figures, measure));
}

function rounded(figure: number): string {
  if (figure >= 100) return Math.round(figure).toLocaleString('en');
  return figure >= 10 ? figure.toFixed(1) : figure.toFixed(2);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '/').slice(0, FAILURE_SHOWN);
}
