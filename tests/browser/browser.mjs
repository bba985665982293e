// Debian's Chromium without any autoplay flag: what a user's browser would allow, and no more.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

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
  const seen = { hosts: new Set(), errors: [], failed: [] };
  try {
    const page = await context.newPage();
    page.on('request', (request) => {
      const address = new URL(request.url());
      if (/^https?:$/.test(address.protocol)) seen.hosts.add(address.host);
    });
    page.on('pageerror', (error) => seen.errors.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') seen.errors.push(message.text());
    });
    await page.goto(url);
    return await work(page, seen);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

// What the video element says of itself.
export function video_state(page) {
  return page.evaluate(() => {
    const video = document.getElementById('video');
    const quality = video.getVideoPlaybackQuality();
    return { time: video.currentTime, duration: video.duration, ended: video.ended, paused: video.paused,
             muted: video.muted, frames: quality.totalVideoFrames, dropped: quality.droppedVideoFrames,
             error: video.error ? video.error.message : '', sound: !document.getElementById('sound').hidden };
  });
}

// Polls until `ok(await read())`; the last value on success, an error that shows it otherwise.
export async function until(what, seconds, read, ok) {
  const end = Date.now() + seconds * 1000;
  let last;
  do {
    last = await read();
    if (ok(last)) return last;
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (Date.now() < end);
  throw new Error(`${what}: not within ${seconds} s; last seen ${JSON.stringify(last)}`);
}
