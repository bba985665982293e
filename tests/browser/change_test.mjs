// What a user changes by the page: node change_test.mjs, with these in the environment:
//   PEER  page of a peer named <i>alone    TIGHT  page of one on a disk of 64 MiB (or empty)
//   WORK  folder with sample.mp4 and bytes    SCREENSHOTS  a folder, or empty
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';

import { fact, require_that, until, video_state, with_page } from './browser.mjs';

const { PEER, TIGHT, WORK, SCREENSHOTS } = process.env;
const shot = (page, name) => (SCREENSHOTS ? page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true }) : null);
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const assets = async (peer) => (await (await fetch(`${peer}/api/v1/assets`)).json()).assets;
const line = (page, name) => page.locator('#uploads li', { hasText: name });
const says = (page, name, text, seconds = 30) => until(`"${text}" of ${name}`, seconds,
  () => line(page, name).innerText().catch(() => ''), (shown) => shown.includes(text));

// Gives files to the page as a drop does.
async function drop(page, files) {
  const transfer = await page.evaluateHandle((list) => {
    const made = new DataTransfer();
    for (const { name, text } of list) made.items.add(new File([text], name));
    return made;
  }, files);
  await page.dispatchEvent('body', 'dragenter', { dataTransfer: transfer });
  await until('the place to drop', 5, () => page.locator('#drop').isVisible(), (seen) => seen);
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

async function choose(page, files) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.locator('#choose').click()]);
  await chooser.setFiles(files);
}

// The upload goes no faster than this, by Chromium's own brake.
async function brake(page, bytes_per_second) {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions',
    { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: bytes_per_second });
}

await with_page(PEER, async (page, seen) => {
  await fact('a film added by the button is published, and plays', async () => {
    await choose(page, `${WORK}/sample.mp4`);
    await says(page, 'sample.mp4', 'published');
    await line(page, 'sample.mp4').locator('a').click();
    await until('its pictures', 20, () => video_state(page), (s) => s.time > 0.5 && s.frames > 5);
    await shot(page, 'added');
  });
  await fact('it may be downloaded, byte for byte what the peer has, under its name', async () => {
    await drop(page, [{ name: 'notes.txt', text: 'a line\n'.repeat(1000) }]);
    await says(page, 'notes.txt', 'published');
    await line(page, 'notes.txt').locator('a').click();
    await until('its title', 10, () => page.locator('#title').innerText(), (text) => text === 'notes.txt');
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#download').click()]);
    require_that(download.suggestedFilename() === 'notes.txt', `as ${download.suggestedFilename()}`);
    require_that(readFileSync(await download.path(), 'utf8') === 'a line\n'.repeat(1000), 'other bytes');
    const film = (await assets(PEER)).find((a) => a.name === 'sample.mp4');
    await page.goto(`${PEER}/#${film.id}`);
    const [video] = await Promise.all([page.waitForEvent('download'), page.locator('#download').click()]);
    const served = Buffer.from(await (await fetch(`${PEER}/content/${film.id}`)).arrayBuffer());
    require_that(sha(readFileSync(await video.path())) === sha(served), 'the film has other bytes');
    require_that(video.suggestedFilename() === 'sample.mp4', `the film as ${video.suggestedFilename()}`);
  });
  const hostile = '<img src=x onerror=document.title=1> "\'`${1}` \\ .txt';
  await fact('several at once by drop, names as hostile as they like', async () => {
    await drop(page, [{ name: hostile, text: 'one' }, { name: 'two.txt', text: 'two' }, { name: 'three.txt', text: 'three' }]);
    for (const name of ['two.txt', 'three.txt', 'onerror']) await says(page, name, 'published');
    await until('its entry', 10, () => page.locator('#assets').innerText(), (text) => text.includes(hostile));
    await page.locator('#assets a', { hasText: 'onerror' }).click();
    await until('its title', 10, () => page.locator('#title').innerText(), (text) => text === hostile);
    await page.locator('#remove').click();
    require_that((await page.locator('#ask-title').innerText()).includes(hostile), 'not asked by its name');
    await page.keyboard.press('Escape');
    require_that(await page.locator('body img, body script:not([src])').count() === 0, 'a name became markup');
    require_that(!(await page.title()).startsWith('1'), 'a name became script');
  });
  await fact('search finds by a part of the name, and says when nothing fits', async () => {
    const shown = () => page.locator('#assets strong').allInnerTexts();
    await page.locator('#search').fill('THREE');
    await until('one', 5, shown, (names) => names.length === 1 && names[0] === 'three.txt');
    await page.locator('#search').fill('<img');
    await until('the hostile one', 5, shown, (names) => names.length === 1 && names[0] === hostile);
    await page.locator('#search').fill('no such name');
    await until('the sentence', 5, () => page.locator('#none').innerText(), (text) => text.includes('no such name'));
    await page.keyboard.press('Escape');
    await until('all again', 5, shown, (names) => names.length > 4);
  });
  await fact('what cannot be published says why', async () => {
    await drop(page, [{ name: 'empty.txt', text: '' }, { name: 'n'.repeat(300), text: 'x' }]);
    await says(page, 'empty.txt', 'is empty');
    await says(page, 'nnn', 'too long');
    await shot(page, 'refused');
    await line(page, 'empty.txt').locator('button').click();
    require_that(await line(page, 'empty.txt').count() === 0, 'it cannot be dismissed');
  });
  await fact('what only this peer has is told', () => until('the warning', 10, () => page.locator('#risk').innerText(),
      (text) => /at risk: only this peer has \d+ fragments/.test(text)));
  await fact('a peer\'s name is text, too', async () => {
    require_that((await page.locator('#self').innerText()).includes('<i>alone'), await page.locator('#self').innerText());
    require_that(await page.locator('body i').count() === 0, 'it became markup');
  });
  const errors = seen.errors.filter((text) => !/status of 4(22|00)/.test(text));  // those refusals
  await fact('no error in the page', () => require_that(errors.length === 0, errors.slice(0, 3).join(' | ')));
});

await with_page(PEER, async (page) => {
  writeFileSync(`${WORK}/large.bin`, Buffer.alloc(8 << 20, 'large'));
  await brake(page, 1 << 20);
  await fact('an upload shows how far it is', async () => {
    await choose(page, `${WORK}/large.bin`);
    const far = async () => (/([\d.]+) MiB of 8\.0 MiB/.exec(await line(page, 'large.bin').innerText()) ?? [0, 0])[1];
    const first = await until('some', 20, far, (mib) => mib > 0.1 && mib < 7);
    await until('more', 20, far, (mib) => Number(mib) > Number(first));
    require_that(await line(page, 'large.bin').locator('progress').getAttribute('value') > 0, 'the bar stands');
    await shot(page, 'uploading');
  });
  await fact('cancelled, nothing of it is kept', async () => {
    await page.getByLabel('cancel large.bin').click();
    await says(page, 'large.bin', 'cancelled');
    require_that(!(await assets(PEER)).some((a) => a.name === 'large.bin'), 'it is published all the same');
  });
});

await with_page(PEER, async (page) => {
  page.on('filechooser', () => {});  // from now on Chromium asks us: said with the key, it may come too late
  await fact('by keyboard alone: add, find, open, go along the bar, ask, refrain', async () => {
    const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
    const at = () => page.evaluate(() => document.activeElement.id || document.activeElement.getAttribute('href') || document.activeElement.tagName);
    const to = async (id) => {
      await page.locator(id.startsWith('#') ? `a[href="${id}"]` : `#${id}`).first().waitFor();
      for (let tabs = 0; tabs < 40; ++tabs) {
        if (await at() === id) {
          const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
          require_that(outline !== 'none', `${id} does not show that it has the focus`);
          return;
        }
        await press('Tab');
      }
      throw new Error(`Tab does not reach ${id}; last ${await at()}`);
    };
    await to('choose');
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press('Enter')]);
    await chooser.setFiles(`${WORK}/bytes`);
    await says(page, 'bytes', 'published');
    await page.evaluate(() => document.activeElement.blur());
    await to('search');
    await page.keyboard.type('BYTES');
    await to('#bytes');
    await press('Enter');
    await until('its title', 10, () => page.locator('#title').innerText(), (text) => text === 'bytes');
    await page.evaluate(() => document.activeElement.blur());
    await to('bar');
    const before = await page.locator('#now').innerText();
    await press('ArrowRight');
    await until('the next fragment', 5, () => page.locator('#now').innerText(), (text) => text !== before && text.includes('Fragment 1'));
    await page.evaluate(() => document.activeElement.blur());
    await to('remove');
    await press('Space');
    await until('the question', 5, () => page.locator('#ask').isVisible(), (seen) => seen);
    require_that((await page.locator('#ask-warning').innerText()).includes('Nobody else'), 'it does not say that it is the last');
    await press('Escape');
    await until('no question', 5, () => page.locator('#ask').isVisible(), (seen) => !seen);
    require_that((await assets(PEER)).some((a) => a.name === 'bytes' && a.bytes_here > 0), 'Escape removed it');
  });
});

await with_page(`${PEER}/#bytes`, async (page) => {
  const here = async () => (await assets(PEER)).some((a) => a.name === 'bytes' && a.bytes_here > 0);
  await fact('removed by keyboard, and only after the question', async () => {
    await page.locator('#remove').waitFor();
    await page.locator('#remove').focus();
    await page.keyboard.press('Enter');
    await until('the question', 5, () => page.locator('#ask').isVisible(), (seen) => seen);
    await page.keyboard.press('Enter');  // on what has the focus first: to keep it
    await until('no question', 5, () => page.locator('#ask').isVisible(), (seen) => !seen);
    require_that(await here(), 'Enter alone removed it');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await until('it gone', 10, here, (seen) => !seen);
    await until('the page of all', 5, () => page.locator('#stage').isVisible(), (seen) => !seen);
  });
  await fact('and it stays away', async () => {
    await page.reload();
    await until('the list', 10, () => page.locator('#assets').innerText(), (text) => text.includes('sample.mp4'));
    require_that(!await here(), 'it came back');
  });
});

await with_page(`${PEER}/#sample.mp4`, async (page) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await fact('on a phone: no sideways scroll, and what is touched is large enough', async () => {
    await page.locator('#remove').waitFor();
    const wider = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    require_that(await wider() <= 0, `${await wider()} pixels wider than the screen`);
    await page.locator('#remove').click();
    require_that(await wider() <= 0, 'the question is wider than the screen');
    await shot(page, 'phone-question');
    await page.locator('#ask-no').click();
    const small = await page.evaluate(() => [...document.querySelectorAll('button, .button, #search, #assets a, #peers a, summary')]
      .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 40).map((e) => e.id || e.textContent));
    require_that(small.length === 0, `too small to touch: ${small.join(', ')}`);
    await shot(page, 'phone');
  });
  await fact('dark where the system is dark, and readable in both', async () => {
    const contrast = () => page.evaluate(() => {
      const light = (css) => {
        const [r, g, b] = css.match(/[\d.]+/g).map((v) => { const c = v / 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\)$/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
      const list = [...document.querySelectorAll('#title, #facts, #self, #assets span, #assets strong, #choose, #remove, th, #events time, a')].filter((e) => e.offsetParent);
      const worst = list.map((e) => { const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x); return [(a + 0.05) / (b + 0.05), e.id || e.textContent]; })
        .sort((x, y) => x[0] - y[0])[0];
      return { worst, back: light(getComputedStyle(document.body).backgroundColor) };
    });
    for (const [colorScheme, dark] of [['light', false], ['dark', true]]) {
      await page.emulateMedia({ colorScheme });
      const { worst, back } = await contrast();
      require_that((back < 0.2) === dark, `${colorScheme} has a background of ${back.toFixed(2)}`);
      require_that(worst[0] >= 4.5, `${colorScheme}: contrast ${worst[0].toFixed(1)} of ${worst[1]}`);
    }
  });
});

if (TIGHT) {
  await with_page(TIGHT, async (page) => {
    await fact('a film for which there is no room is refused in words', async () => {
      writeFileSync(`${WORK}/huge.bin`, Buffer.alloc(80 << 20));
      await choose(page, `${WORK}/huge.bin`);
      await says(page, 'huge.bin', 'not published');
      console.log(`it says: ${(await line(page, 'huge.bin').innerText()).split('\n').pop()} (${statSync(`${WORK}/huge.bin`).size} bytes)`);
      await shot(page, 'no-room');
      await until('nothing kept', 10, () => assets(TIGHT), (list) => list.length === 0);
    });
  });
} else {
  console.log('SKIP browser: no room: may not mount a tmpfs here');
}
