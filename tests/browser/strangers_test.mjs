// What a stranger's asset can do to a peer, in Chromium: node strangers_test.mjs, with
//   PEER  page of a peer that has these of STRANGE    STRANGE  json: for each kind of file its id
//   FILM_ID  a video that it lacks and can fetch
import { fact, require_that, until, with_page } from './browser.mjs';

const { PEER, FILM_ID } = process.env;
const strange = JSON.parse(process.env.STRANGE);
const assets = async () => (await (await fetch(`${PEER}/api/v1/assets`)).json()).assets;
const asset = async (id) => (await assets()).find((one) => one.id === id);
const content = (id) => `${PEER}/content/${id}`;
// Each kind of file, if it runs, names itself here and in a title.
const marks = (page) => page.evaluate(() => [document.title, ...(window.ran ?? [])].filter((text) => /^RAN/.test(text)));
const pause = (page) => page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));

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
