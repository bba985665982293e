// The main promise in a browser: node play_test.mjs http://HOST:PORT NAME SECONDS [SCREENSHOT]
// The peer holds nothing of it; the page plays it to the end without a click.
import { fact, require_that, until, video_state, with_page } from './browser.mjs';

const [peer, name, seconds, screenshot] = process.argv.slice(2);
const began = Date.now();
await with_page(`${peer}/#${encodeURIComponent(name)}`, async (page, seen) => {
  await fact('plays without a click', async () => {
    await until('first pictures', 20, () => video_state(page), (s) => s.time > 0.5 && s.frames > 5);
    console.log(`first picture within: ${Date.now() - began} [ms]`);
  });
  await fact('where sound needs a click, it plays muted and offers the sound', async () => {
    const state = video_state(page);
    require_that(state.muted && state.sound, `nobody clicked, and there is ${state.muted ? 'no button' : 'sound'}`);
  });
  await fact('the bar shows fragments and who sent them', async () => {
    await until('a sender in the legend', 15, () => page.locator('#legend').innerText(), (text) => /from \S/.test(text));
  });
  if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
  await fact('plays to its end', async () => {
    const state = await until('the end', Number(seconds) * 2 + 30, () => video_state(page), (s) => s.ended || s.error);
    require_that(!state.error, state.error);
    require_that(state.time > Number(seconds) - 1, `ended at ${state.time} s`);
    require_that(state.frames > Number(seconds) * 20, `only ${state.frames} pictures`);
  });
  await fact('nothing is requested from another host', async () => {
    const others = [...seen.hosts].filter((host) => host !== new URL(peer).host);
    require_that(others.length === 0, others.join(', '));
  });
  await fact('no error in the page', async () => {
    require_that(seen.errors.length === 0, seen.errors.slice(0, 3).join(' | '));
  });
});
