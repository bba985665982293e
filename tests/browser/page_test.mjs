// What the page promises besides playing: node page_test.mjs, with these in the environment:
//   VIEWER  page of a peer that holds nothing     SLOW, SLOW2  the same, which fetch at twice the film's rate
//   SNUG    a peer whose store is full with what nobody else need have
//   LEAVER  one that has what nobody else has, and sends slowly
//   PEERS   the other pages, with blanks between   BUS_ID  process of the bus, which ends here
//   PUT     a command that publishes FILE under NAME: PUT FILE NAME     WORK  folder with late.txt
//   SCREENSHOTS  a folder, or empty
// Published before: long (120 s), clip (VP8 in WebM, which goes as a file), tone (MP3).
import { execFileSync } from 'node:child_process';

import { fact, require_that, until, video_state, with_page } from './browser.mjs';

const { VIEWER, SNUG, LEAVER, SLOW, SLOW2, PEERS, BUS_ID, PUT, WORK, SCREENSHOTS } = process.env;
const text_of = (page, selector) => page.locator(selector).innerText();
const shot = (page, name) => (SCREENSHOTS ? page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true }) : null);
const playing = (page, from) => until(`playing beyond ${from} s`, 30, () => video_state(page), (s) => s.time > from && s.frames > 5);
const risk = (page, pattern) => until(String(pattern), 15, () => text_of(page, '#risk'), (text) => pattern.test(text));

async function quiet_and_at_home(address, seen) {
  const others = [...seen.hosts].filter((host) => host !== new URL(address).host);
  require_that(others.length === 0, `requested from ${others.join(', ')}`);
  require_that(seen.errors.length === 0, seen.errors.slice(0, 3).join(' | '));
}

await with_page(VIEWER, async (page, seen) => {
  await fact('lists what the swarm has', () => until('three names', 15, () => text_of(page, '#assets'),
    (text) => ['long', 'clip', 'tone'].every((name) => text.includes(name))));
  await fact('lists the peers, each with a link to its page', () => until('links', 15,
    () => page.locator('#peers a').evaluateAll((links) => links.map((a) => new URL(a.href).origin)),
    (links) => PEERS.split(' ').every((peer) => links.includes(peer))));
  await shot(page, 'home');
  const asked = seen.requests.length;
  const mark = '<img src=x onerror=document.title=1>';
  const stood = await page.locator('#peers a').first().evaluateHandle((link) => { link.focus(); return link; });
  await fact('what happens appears without a reload', async () => {
    execFileSync(PUT, [`${WORK}/late.txt`, mark], { stdio: 'ignore' });
    await until('the new asset', 10, () => text_of(page, '#assets'), (text) => text.includes(mark));
    await until('its event', 10, () => text_of(page, '#events'), (text) => text.includes(mark));
  });
  await fact('who stands on a link to a peer by keyboard stays on it when the peers change', async () => {
    await until('a list made anew', 10, () => stood.evaluate((link) => link.isConnected), (same) => !same);
    const at = await page.evaluate(() => [document.activeElement.closest('#peers') !== null, document.activeElement.href]);
    require_that(at[0] && at[1] === await stood.evaluate((link) => link.href), `it is at ${at}`);
  });
  await fact('a name from outside is text', async () => {
    require_that(await page.locator('#assets img, #events img').count() === 0, 'a name became markup');
  });
  await fact('nothing is polled', async () => {
    const since = seen.requests.slice(asked).map((request) => request.path);
    require_that(since.length === 0, `requested: ${since.join(', ')}`);
    require_that(seen.requests.filter((r) => r.path.startsWith('/api/')).every((r) => r.type === 'eventsource'), 'not by event stream');
  });
  await fact('an unknown name is told of, and a known one opens by its link', async () => {
    await page.goto(`${VIEWER}/#nowhere`);
    await until('the sentence', 10, () => text_of(page, '#facts'), (text) => text.includes('Nobody in this swarm'));
    await page.locator('#assets a', { hasText: 'clip' }).click();
    await until('its title', 10, () => text_of(page, '#title'), (text) => text === 'clip');
  });
  await fact('a file that browsers know plays from its bytes', async () => {
    await playing(page, 2);
    require_that(seen.requests.some((r) => r.path.startsWith('/content/') && r.query.get('v')), 'not from /content/');
    require_that(!seen.requests.some((r) => r.path.startsWith('/hls/')), 'HLS of a file');
    await shot(page, 'file');
  });
  await fact('sound plays too', async () => {
    await page.goto(`${VIEWER}/#tone`);
    await until('its sound', 20, () => video_state(page), (s) => s.time > 1);
  });
  await fact('the page asks nothing of other hosts and has no errors', () => quiet_and_at_home(VIEWER, seen));
});

const viewer_of = (seen) => seen.requests.find((r) => r.path.startsWith('/hls/')).query.get('v');
await with_page(`${SLOW}/#long`, async (first, first_seen) => {
  await playing(first, 1);
  await fact('where sound was refused, one click on the button brings it', async () => {
    const before = await video_state(first);
    require_that(before.muted && before.sound, `not muted with a button: ${JSON.stringify(before)}`);
    await first.locator('#sound').click();
    const after = await until('sound', 5, () => video_state(first), (s) => !s.muted && !s.sound);
    await until('time going on', 10, () => video_state(first), (s) => s.time > after.time + 0.5 || s.ended);
  });
  await fact('two viewers of one peer each have their playhead', () => with_page(`${SLOW}/#long`, async (second, second_seen) => {
    await playing(second, 0.2);
    await second.evaluate(() => { document.getElementById('video').currentTime = 100; });
    const from = (await video_state(first)).time;
    // In order, 100 s would be here only after 50 s.
    await until('the far place', 20, () => video_state(second), (s) => s.time > 101.5);
    await until('the first going on', 10, () => video_state(first), (s) => s.time > from + 3);
    require_that(viewer_of(first_seen) !== viewer_of(second_seen), 'both are one viewer');
    await second.locator('#fragments summary').click();
    const states = await second.locator('#fragments tbody td:nth-child(4)').allInnerTexts();
    require_that(states.some((s) => s !== 'here'), 'all was here: nothing is shown');
    await shot(second, 'two-viewers');
  }));
  await fact('the bar shows what is here, coming and from whom', async () => {
    await until('the sentence', 10, () => text_of(first, '#now'), (text) => /here, from peer|coming from peer/.test(text));
    const colours = await first.evaluate(() => {
      const bar = document.getElementById('bar');
      const row = bar.getContext('2d').getImageData(0, Math.floor(bar.height * 0.3), bar.width, 1).data;
      const found = new Set();
      for (let i = 0; i < row.length; i += 4) found.add(`${row[i]},${row[i + 1]},${row[i + 2]}`);
      return found.size;
    });
    require_that(colours >= 3, `only ${colours} colours`);
  });
  await first.emulateMedia({ colorScheme: 'dark' });
  await first.setViewportSize({ width: 390, height: 844 });
  await fact('fits a phone', async () => {
    const wider = await first.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    require_that(wider <= 0, `${wider} pixels wider than the screen`);
  });
  await shot(first, 'phone-dark');
  await fact('no error of the viewers', () => quiet_and_at_home(SLOW, first_seen));
});

await with_page(`${SNUG}/#long`, async (page) => {
  await fact('a full store is told, with what to do', () => risk(page, /its store is full: remove something, or give it more room/));
  await shot(page, 'full-store');
});

await with_page(LEAVER, async (page) => {
  await fact('who leaves says what is still to hand over', async () => {
    await risk(page, /at risk: only this peer has \d+ fragments/);
    const answer = await fetch(`${LEAVER}/api/v1/drain`, { method: 'POST', headers: { 'X-Fragcast': '1' } });
    require_that(answer.status === 202, `drain: ${answer.status}`);
    await risk(page, /leaving: \d+ fragments? \(.+\) to hand over/);
    await shot(page, 'leaving');
  });
});

await with_page(`${SLOW2}/#long`, async (page) => {
  await playing(page, 2);
  await fact('the bus dies while a film arrives, and it plays on', async () => {
    const here = await text_of(page, '#facts');
    await page.evaluate(() => {
      window.stalls = 0;
      document.getElementById('video').addEventListener('waiting', () => { ++window.stalls; });
    });
    const from = (await video_state(page)).time;
    process.kill(Number(BUS_ID), 'SIGKILL');
    await until('the bus away', 20, () => text_of(page, '#bus'), (text) => text.includes('bus away'));
    await until('15 s more', 25, () => video_state(page), (s) => s.time > from + 15);
    require_that(await page.evaluate(() => window.stalls) === 0, 'it stalled');
    require_that(await text_of(page, '#facts') !== here, 'nothing arrived since');
    await shot(page, 'bus-away');
  });
});
