// node page_bench.mjs ROUNDS PEER_URL NGINX_URL: from opening the address to the first picture, in turn;
// medians in milliseconds and their ratio.
import { until, video_state, with_page } from '../browser/browser.mjs';

const [rounds, peer, nginx] = process.argv.slice(2);

async function first_picture(url) {
  const began = performance.now();
  return with_page(url, async (page) => {
    await until('first picture', 30, () => video_state(page), (s) => s.frames > 0 && s.time > 0);
    // The page's own clock: from the start of the navigation to the first frame that was shown.
    return page.evaluate(() => window.first_picture_ms ?? performance.now());
  }).then((ms) => Math.min(ms, performance.now() - began));
}

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const times = { peer: [], nginx: [] };
for (let round = 0; round <= Number(rounds); ++round) {
  const ours = await first_picture(peer);
  const theirs = await first_picture(nginx);
  if (round === 0) continue;  // warms caches
  times.peer.push(ours);
  times.nginx.push(theirs);
}
const [p, n] = [median(times.peer), median(times.nginx)];
console.log(`first picture from a peer's page, median of ${rounds}: ${Math.round(p)} [ms]`);
console.log(`first picture from nginx and hls.js: ${Math.round(n)} [ms]`);
console.log(`peer against nginx: ${(p / n).toFixed(2)}`);
