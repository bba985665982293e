// The bar of fragments: what is here, what is coming, from whom, and where the viewer is. Time (or, of
// a file, bytes) runs left to right; the upper strip shows the state, the lower who sent it.
import { bytes, clock, colour } from './text.js';

const canvas = document.getElementById('bar');
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const weight = (detail, fragment) => (detail.duration_us ? fragment.duration_us : fragment.size);

// [{fragment, begin, end}] as parts of 1.
export function places(detail) {
  const total = detail.detail.reduce((sum, f) => sum + weight(detail, f), 0) || 1;
  let at = 0;
  return detail.detail.map((fragment) => {
    const begin = at;
    at += weight(detail, fragment) / total;
    return { fragment, begin, end: at };
  });
}

export function draw(detail, position) {
  const scale = window.devicePixelRatio || 1;
  const width = canvas.clientWidth * scale;
  const height = canvas.clientHeight * scale;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const paint = canvas.getContext('2d');
  paint.clearRect(0, 0, width, height);
  const upper = height * 0.68;
  const gap = detail.detail.length > width / 6 ? 0 : scale;
  const back = { missing: style('--missing'), wanted: style('--wanted'), coming: style('--wanted'),
                 here: style('--here') };
  for (const { fragment, begin, end } of places(detail)) {
    const x = begin * width;
    const w = Math.max((end - begin) * width - gap, 1);
    const alone = fragment.state !== 'here' && fragment.holders === 0;
    paint.fillStyle = alone ? style('--nobody') : back[fragment.state];
    paint.fillRect(x, 0, w, upper);
    if (fragment.state !== 'here' && fragment.chunks > 0) {
      paint.fillStyle = style('--coming');
      paint.fillRect(x, 0, w * fragment.chunks / fragment.chunks_total, upper);
    }
    // Who sent it: each source as wide as its share.
    let from = x;
    for (const source of fragment.from) {
      const share = w * Math.min(1, source.bytes / Math.max(fragment.size, 1));
      paint.fillStyle = colour(source.peer);
      paint.fillRect(from, upper + 2 * scale, share, height - upper - 2 * scale);
      from += share;
    }
  }
  if (position >= 0) {
    paint.fillStyle = style('--text');
    paint.fillRect(Math.min(position * width, width - 2 * scale), 0, 2 * scale, height);
  }
}

// The fragment at `position` (a part of 1).
export function index_at(detail, position) {
  const at = places(detail).findIndex((p) => position < p.end - 1e-9);
  return at >= 0 ? at : detail.detail.length - 1;
}

// One sentence on it.
export function sentence(detail, position) {
  const place = places(detail)[index_at(detail, position)];
  if (!place) return '';
  const { fragment, begin } = place;
  const where = detail.duration_us
    ? `Fragment ${fragment.index}, from ${clock(begin * detail.duration_us / 1e6)}`
    : `Fragment ${fragment.index}`;
  const who = fragment.from.map((s) => `${s.name} (${bytes(s.bytes)})`).join(', ');
  switch (fragment.state) {
    case 'here': return `${where}: here${who ? `, from ${who}` : ''}.`;
    case 'coming': return `${where}: coming${who ? ` from ${who}` : ''}, ${fragment.chunks} of ${fragment.chunks_total} chunks.`;
    default:
      return fragment.holders
        ? `${where}: ${fragment.state === 'wanted' ? 'wanted' : 'not here'}; ${fragment.holder_names.join(', ')} ${fragment.holders === 1 ? 'has' : 'have'} it.`
        : `${where}: nobody known has it.`;
  }
}

export { canvas };
