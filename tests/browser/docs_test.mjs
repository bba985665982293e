// /docs in Chromium, on a peer and on a bus: it shows every operation, 'Try it out' asks and changes,
// and nothing is loaded from elsewhere.
import { fact, require_that, until, with_page } from './browser.mjs';

const { PEER, BUS, SCREENSHOTS } = process.env;

const block_of = (page, method, path) => page.locator(`.opblock-${method}`)
  .filter({ has: page.locator(`[data-path="${path}"]`) });

// Opens the operation, sends it as it stands or with this body, and returns the status that it shows.
async function try_out(page, method, path, body) {
  const block = block_of(page, method, path);
  await block.locator('.opblock-summary-control').click();
  if (body) await block.locator('textarea.body-param__text').fill(body);
  await block.locator('button.execute').click();
  const status = block.locator('.live-responses-table .response-col_status').last();
  await status.waitFor();
  return { status: (await status.innerText()).trim(), text: await block.locator('.live-responses-table').innerText() };
}

async function shows_all(page, address) {
  const described = await (await fetch(`${address}/openapi.json`)).json();
  const count = Object.values(described.paths).flatMap((item) => Object.keys(item)).length;
  await until('every operation', 20, () => page.locator('.opblock').count(), (shown) => shown === count);
  require_that((await page.locator('.info .title').innerText()).includes('OAS 3.1'), 'not shown as OpenAPI 3.1');
  require_that(await page.locator('.errors-wrapper').count() === 0, 'Swagger UI finds errors');
}

async function at_home(address, seen) {
  const others = [...seen.hosts].filter((host) => host !== new URL(address).host);
  require_that(others.length === 0, `requested from ${others.join(', ')}`);
  require_that(seen.errors.length === 0, seen.errors.slice(0, 3).join(' | '));
}

async function shot(page, name) {
  if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png` });
}

await with_page(`${PEER}/docs`, async (page, seen) => {
  await fact('docs: a peer shows every operation that it describes', () => shows_all(page, PEER));
  await shot(page, 'docs-peer');
  await fact('docs: Try it out asks a peer who it is', async () => {
    const said = await try_out(page, 'get', '/api/v1/info');
    require_that(said.status.startsWith('200') && said.text.includes('fragcast-peer'), `answered ${said.status}`);
  });
  await fact('docs: Try it out changes the limits, with the header that it needs', async () => {
    const said = await try_out(page, 'put', '/api/v1/limits', '{"max_download": 7340032}');
    require_that(said.status.startsWith('200'), `answered ${said.status}: ${said.text.slice(0, 200)}`);
    const now = await (await fetch(`${PEER}/api/v1/limits`)).json();
    require_that(now.max_download === 7340032, `the limit is ${now.max_download}`);
    await shot(page, 'docs-try');
    await fetch(`${PEER}/api/v1/limits`, { method: 'PUT', headers: { 'X-Fragcast': '1' }, body: '{"max_download":0}' });
  });
  await fact('docs: Try it out publishes a file', async () => {
    const block = block_of(page, 'post', '/api/v1/assets');
    await block.locator('.opblock-summary-control').click();
    await block.locator('input[type=file]').setInputFiles({ name: 'tried.txt', mimeType: 'text/plain', buffer: Buffer.from('tried') });
    await block.locator('button.execute').click();
    const status = block.locator('.live-responses-table .response-col_status').last();
    await status.waitFor();
    require_that((await status.innerText()).trim().startsWith('201'), await block.locator('.live-responses-table').innerText());
  });
  await fact('docs: a peer loads nothing from elsewhere, and the page has no errors', () => at_home(PEER, seen));
});

await with_page(`${BUS}/docs`, async (page, seen) => {
  await fact('docs: a bus shows every operation that it describes', () => shows_all(page, BUS));
  await fact('docs: and none that changes anything', async () => {
    require_that(await page.locator('.opblock-put, .opblock-post, .opblock-delete').count() === 0, 'it offers changes');
  });
  await fact('docs: Try it out asks a bus who it is', async () => {
    const said = await try_out(page, 'get', '/api/v1/info');
    require_that(said.status.startsWith('200') && said.text.includes('fragcast-bus'), `answered ${said.status}`);
    await shot(page, 'docs-bus');
  });
  await fact('docs: a bus loads nothing from elsewhere, and the page has no errors', () => at_home(BUS, seen));
});
