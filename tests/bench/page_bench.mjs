// node page_bench.mjs ROUNDS PEER_URL NGINX_URL: from opening the address to the first picture, in turn;
// medians in milliseconds and their ratio. A fresh browser each time, so nothing is cached.
import { until, video_state, with_page } from '../browser/browser.mjs';

const [rounds, peer, nginx] = process.argv.slice(2);

async function first_picture(url) {
  const seen = await with_page(url, (page) => until('first picture', 30, () => video_state(page), (s) => s.first_picture_ms > 0));
  return seen.first_picture_ms;
}

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const times = { peer: [], nginx: [] };
for (let round = 0; round <= Number(rounds); ++round) {
  const ours = await first_picture(peer);
  const theirs = await first_picture(nginx);
  if (round === 0) continue;  // the first is for warming up
  times.peer.push(ours);
  times.nginx.push(theirs);
}
const [p, n] = [median(times.peer), median(times.nginx)];
console.log(`first picture from a peer's page, median of ${rounds}: ${Math.round(p)} [ms]`);
console.log(`first picture from nginx and hls.js: ${Math.round(n)} [ms]`);
console.log(`speed against nginx: ${(n / p).toFixed(2)}`);
