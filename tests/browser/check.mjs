// One row of the feature list in a browser: node check.mjs ROW http://HOST:PORT NAME FILE
import { require_that, until, video_state, with_page } from './browser.mjs';

const [row, peer, name, file] = process.argv.slice(2);
const rows = {
  10: async (page) => {
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('#choose').click()]);
    await chooser.setFiles(file);
    const line = page.locator('#uploads li').first();
    await until('the upload', 60, () => line.innerText(), (text) => /published:/.test(text));
    require_that(!(await line.innerText()).includes('not published'), await line.innerText());
  },
  36: (page) => until('list of fragments', 15,
    async () => {
      await page.locator('#fragments summary').click({ timeout: 1000 }).catch(() => {});
      return page.locator('#fragments tbody tr').count();
    }, (count) => count > 0),
  37: async (page) => {
    const link = page.locator('#peers a').first();
    await link.waitFor();
    const target = await link.getAttribute('href');
    await link.click();
    await until('the other peer\'s page', 10, () => page.url(), (url) => url.startsWith(new URL(target).origin));
  },
  38: (page) => until('playing without a click', 30, () => video_state(page), (s) => s.time > 1 && s.frames > 10),
  39: async (page) => {
    const block = page.locator('.opblock-get').filter({ has: page.locator('[data-path="/api/v1/info"]') });
    await block.locator('.opblock-summary-control').click();
    await block.locator('button.execute').click();
    await until('an answer', 10, () => block.locator('.live-responses-table .response-col_status').allInnerTexts(),
      (texts) => texts.some((text) => text.trim().startsWith('200')));
  },
};
await with_page(row === '39' ? `${peer}/docs` : `${peer}/#${encodeURIComponent(name)}`, rows[row]).catch((error) => {
  console.log(String(error.message).split('\n')[0]);
  process.exitCode = 1;
});
