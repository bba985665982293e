// Debian's Chromium without any autoplay flag: what a user's browser would allow, and no more.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

// Runs in the page before anything of it does: says ten times a second how the video fares, on the
// console. Asking from outside will not do: to Chromium an evaluated script is a user's gesture, and
// after one sound may play.
function tell_of_video() {
  let first_picture_ms = 0;  // by the page's clock: since the navigation began
  document.addEventListener('DOMContentLoaded', () => {
    const video = document.getElementById('video');
    const sound = document.getElementById('sound');
    if (!video) return;
    video.requestVideoFrameCallback((now) => { first_picture_ms = now; });
    setInterval(() => {
      const quality = video.getVideoPlaybackQuality();
      console.debug(`video ${JSON.stringify({
        time: video.currentTime, duration: video.duration, ended: video.ended, paused: video.paused,
        muted: video.muted, frames: quality.totalVideoFrames, dropped: quality.droppedVideoFrames,
        error: video.error ? video.error.message : '', sound: !sound.hidden, first_picture_ms })}`);
    }, 100);
  });
}

const told = new WeakMap();
// What the video element said of itself last.
export function video_state(page) {
  return told.get(page) ?? { time: 0, frames: 0 };
}

export async function with_page(url, work) {
  const profile = mkdtempSync(join(tmpdir(), 'fragcast-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    ignoreDefaultArgs: ['--autoplay-policy=no-user-gesture-required', '--mute-audio'],
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
           '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    viewport: { width: 1100, height: 900 },
  });
  const seen = { hosts: new Set(), errors: [], requests: [] };
  try {
    context.setDefaultTimeout(120_000);
    const page = await context.newPage();
    page.on('request', (request) => {
      const address = new URL(request.url());
      seen.requests.push({ path: address.pathname, type: request.resourceType(), query: address.searchParams });
      if (/^https?:$/.test(address.protocol)) seen.hosts.add(address.host);
    });
    page.on('pageerror', (error) => seen.errors.push(String(error)));
    page.on('console', (message) => {
      const text = message.text();
      if (message.type() === 'error') seen.errors.push(text);
      if (text.startsWith('video {')) told.set(page, JSON.parse(text.slice(6)));
    });
    await page.addInitScript(tell_of_video);
    await page.goto(url);
    return await work(page, seen);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

export async function fact(what, check) {
  try {
    await check();
    console.log(`PASS browser: ${what}`);
  } catch (error) {
    process.exitCode = 1;
    console.log(`FAIL browser: ${what}: ${String(error.message).split('\n')[0]}`);
  }
}
export function require_that(condition, text) {
  if (!condition) throw new Error(text);
}

// Polls until `ok(await read())`; the last value on success, an error that shows it otherwise. `seconds` is what it may
// take where nothing else runs: it is waited for a minute longer.
export async function until(what, seconds, read, ok) {
  const end = Date.now() + (seconds + 60) * 1000;
  let last;
  do {
    last = await read();
    if (ok(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (Date.now() < end);
  throw new Error(`${what}: not within ${seconds} s; last seen ${JSON.stringify(last)}`);
}
