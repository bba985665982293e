// What a stranger's asset and another site's page can do to a peer, in Chromium: node strangers_test.mjs, with
//   PEER  page of a peer that has these of STRANGE    STRANGE  json: for each kind of file its id
//   FILM, FILM_ID  a video that it lacks and can fetch    REMOVED  id of what its user removed, and others have
import { createServer } from 'node:http';

import { fact, require_that, until, video_state, with_page } from './browser.mjs';

const { PEER, FILM, FILM_ID, REMOVED } = process.env;
const strange = JSON.parse(process.env.STRANGE);
const assets = async () => (await (await fetch(`${PEER}/api/v1/assets`)).json()).assets;
const asset = async (id) => (await assets()).find((one) => one.id === id);
const content = (id) => `${PEER}/content/${id}`;
// Each kind of file, if it runs, names itself here and in a title.
const marks = (page) => page.evaluate(() => [document.title, ...(window.ran ?? [])].filter((text) => /^RAN/.test(text)));
const pause = (page) => page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));

await with_page(PEER, (page) => fact('the page of a peer is a link only where it is that of no other', async () => {
  const link = (http, exchange, host = '127.0.0.1') => page.evaluate(
    async ([peer, from]) => (await import('/text.js')).page_link(peer, from), [{ http, exchange }, host]);
  for (const [http, exchange, host] of [['http://127.0.0.1:8001', 'tcp://10.0.0.2:5560'], ['http://localhost:8001', 'tcp://10.0.0.2:5560'],
    ['http://[::1]:8001', 'tcp://10.0.0.2:5560'], ['http://127.0.0.1:8001', 'tcp://127.0.0.1:5560', 'nas'], ['http://127.0.0.1:8001', ''],
    ['javascript:alert(1)', 'tcp://127.0.0.1:5560'], ['http:///x', 'tcp://127.0.0.1:5560'], ['', 'tcp://127.0.0.1:5560']])
    require_that(await link(http, exchange, host) === '', `${http} of ${exchange} is a link`);
  for (const [http, exchange] of [['http://127.0.0.1:8001', 'tcp://127.0.0.1:5560'], ['http://10.0.0.2:8001', 'tcp://10.0.0.2:5560']])
    require_that(await link(http, exchange) === http, `${http} of ${exchange} is no link`);
}));

// --- a stranger's asset ----------------------------------------------------------------------------

await with_page(PEER, async (page) => {
  const ran = [];
  await fact('a stranger\'s file runs no script, opened by itself', async () => {
    for (const [kind, id] of Object.entries(strange)) require_that((await asset(id))?.bytes_here > 0, `${kind} is not there: this shows nothing`);
    for (const [kind, id] of Object.entries(strange)) {
      await page.goto(content(id)).catch(() => {});  // a download is no page
      await pause(page).catch(() => {});
      ran.push(...await marks(page).catch(() => []));
      require_that(ran.length === 0, `${kind}: ${ran}`);
    }
  });
  await fact('nor as script, style, frame, object, embed or import of the peer\'s own page', async () => {
    ran.length = 0;
    await page.goto(PEER);
    for (const [kind, id] of Object.entries(strange)) {
      for (const tag of ['script', 'module', 'link', 'iframe', 'object', 'embed', 'img', 'import']) {
        await page.evaluate(([how, url]) => new Promise((resolve) => {
          if (how === 'import') return import(url).then(resolve, resolve);
          const element = document.createElement(how === 'module' ? 'script' : how);
          if (how === 'module') element.type = 'module';
          if (how === 'link') element.rel = 'stylesheet';
          element[{ link: 'href', object: 'data' }[how] ?? 'src'] = url;
          element.onload = element.onerror = resolve;
          setTimeout(resolve, 500);
          document.body.append(element);
        }), [tag, content(id)]);
        ran.push(...await marks(page));
        require_that(ran.length === 0, `${kind} as ${tag}: ${ran}`);
      }
    }
  });
  await fact('and nothing was removed by one', async () => {
    for (const [kind, id] of Object.entries(strange))
      require_that((await asset(id)).bytes_here > 0, `${kind} is gone`);
  });
});

// --- another site ----------------------------------------------------------------------------------

// "localhost" with another port is another site than 127.0.0.1 to Chromium, and may ask it as any site may.
const site = createServer((_, answer) => {
  answer.setHeader('content-type', 'text/html');
  answer.end('<!doctype html><title>elsewhere</title><body>');
}).listen(0);
const elsewhere = `http://localhost:${site.address().port}`;

// Has a page of the other site load `path` of the peer in each way that a page has.
async function load_in_all_ways(page, path) {
  await page.goto(elsewhere);
  await page.evaluate(async (url) => {
    const ways = ['img', 'video', 'audio', 'script', 'link', 'iframe', 'object', 'embed'].map((tag) => new Promise((resolve) => {
      const element = document.createElement(tag);
      if (tag === 'link') element.rel = 'stylesheet';
      element[{ link: 'href', object: 'data' }[tag] ?? 'src'] = url;
      element.onload = element.onerror = resolve;
      setTimeout(resolve, 2000);
      document.body.append(element);
    }));
    const prefetch = document.createElement('link');
    prefetch.rel = 'prefetch';
    prefetch.href = url;
    document.head.append(prefetch);
    await Promise.all([...ways, fetch(url, { mode: 'no-cors' }).catch(() => {}), fetch(url).catch(() => {})]);
  }, `${PEER}${path}`);
}

await with_page(elsewhere, async (page) => {
  const entered = async () => (await (await fetch(`${PEER}/metrics`)).text()).match(/http_requests_total (\d+)/)?.[1];
  await fact('another site\'s page has the peer fetch nothing', async () => {
    const before = Number(await entered());
    for (const path of [`/content/${FILM_ID}`, `/hls/${FILM_ID}/index.m3u8`, `/hls/${FILM_ID}/0.m4s`, `/api/v1/assets/${FILM_ID}`,
                        `/api/v1/assets/${FILM_ID}/fragments/0.mp4`, `/api/v1/events?asset=${FILM_ID}`, `/#${FILM}`])
      await load_in_all_ways(page, path);
    require_that(Number(await entered()) > before + 10, 'its requests did not even arrive: this shows nothing');
    const film = await asset(FILM_ID);
    require_that(film.bytes_here === 0 && !film.manifest_here && !film.wanted, JSON.stringify(film));
  });
  await fact('nor takes a removal back, not even by going there', async () => {
    await load_in_all_ways(page, `/content/${REMOVED}`);
    for (const path of [`/content/${REMOVED}`, `/#${REMOVED}`, `/hls/${REMOVED}/index.m3u8`]) {
      await page.goto(elsewhere);
      await page.evaluate((url) => { location.href = url; }, `${PEER}${path}`);
      await page.waitForURL(`${PEER}/**`, { timeout: 5000 }).catch(() => {});
      await pause(page).catch(() => {});
    }
    const removed = await asset(REMOVED);
    require_that(removed.declined && removed.bytes_here === 0, JSON.stringify(removed));
  });
  await fact('a link from there opens the page, and its film plays', async () => {
    await page.goto(elsewhere);
    await page.evaluate((url) => {
      const link = document.createElement('a');
      link.href = url;
      document.body.append(link);
      link.click();
    }, `${PEER}/#${FILM}`);
    await until('its pictures', 30, () => video_state(page), (s) => s.time > 0.3 && s.frames > 3);
  });
});

await with_page(`${PEER}/content/${FILM_ID}`, async (page) => {
  await fact('a film opened by its address plays', async () => {
    const media = () => page.evaluate(() => {
      const video = document.querySelector('video');
      if (video?.paused) video.play().catch(() => {});
      return [video?.currentTime ?? 0, video?.readyState ?? 0];
    });
    await until('its pictures', 30, media, ([time, ready]) => time > 0.3 && ready >= 2);
  });
});

// --- what the user takes back ----------------------------------------------------------------------

await with_page(`${PEER}/#${REMOVED}`, async (page) => {
  await fact('what was removed here says so, and comes back by one click', async () => {
    await page.locator('#again').waitFor({ timeout: 10000 });
    require_that((await page.locator('#notice').innerText()).includes('removed'), 'it does not say that it was removed');
    require_that((await asset(REMOVED)).declined, 'it came back by itself');
    await page.locator('#again').click();
    await until('its pictures', 30, () => video_state(page), (s) => s.time > 0.3 && s.frames > 3);
    require_that(!(await asset(REMOVED)).declined, 'it is declined still');
  });
});
site.close();
