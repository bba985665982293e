// The player: hls.js where it works (it retries and waits as we need it to), the browser's own HLS
// elsewhere, and a plain source for files that a browser knows.
const video = document.getElementById('video');
const sound = document.getElementById('sound');
const notice = document.getElementById('notice');

// One viewer for each page load: the peer sets its priorities by it.
const viewer = Array.from(crypto.getRandomValues(new Uint8Array(12)),
                          (b) => b.toString(16).padStart(2, '0')).join('');

// A request is held up to 25 s by the peer, then answered 503: the client waits longer than that, and
// asks again without end, because a fragment may come any time.
const retry = {
  maxTimeToFirstByteMs: 60000,
  maxLoadTimeMs: 600000,
  timeoutRetry: { maxNumRetry: 1000, retryDelayMs: 0, maxRetryDelayMs: 0 },
  errorRetry: { maxNumRetry: 100000, retryDelayMs: 500, maxRetryDelayMs: 1000 },
};
const policy = { default: retry };

let hls = null;

export function say(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

async function begin() {
  try {
    await video.play();
  } catch (error) {
    if (error.name !== 'NotAllowedError') return;
    // No sound without a click here: play at once, muted, and offer the sound.
    video.muted = true;
    sound.hidden = false;
    try {
      await video.play();
    } catch { /* the controls are there */ }
  }
}

sound.addEventListener('click', () => {
  video.muted = false;
  sound.hidden = true;
  video.play().catch(() => {});
});
video.addEventListener('volumechange', () => { if (!video.muted) sound.hidden = true; });
video.addEventListener('waiting', () => video.classList.add('waiting'));
video.addEventListener('playing', () => { video.classList.remove('waiting'); say(''); });

export function stop() {
  if (hls) hls.destroy();
  hls = null;
  video.removeAttribute('src');
  video.load();
  sound.hidden = true;
  say('');
}

function play_hls(url) {
  hls = new window.Hls({
    enableWorker: false,  // a worker from a blob is not allowed by our content security policy
    manifestLoadPolicy: policy,
    playlistLoadPolicy: policy,
    fragLoadPolicy: policy,
    maxBufferLength: 30,
    backBufferLength: 60,
  });
  hls.on(window.Hls.Events.ERROR, (_, error) => {
    if (!error.fatal) return;
    if (error.type === window.Hls.ErrorTypes.MEDIA_ERROR) hls.recoverMediaError();
    else if (error.type === window.Hls.ErrorTypes.NETWORK_ERROR) hls.startLoad();
    else say(`This browser cannot play it: ${error.details}`);
  });
  hls.on(window.Hls.Events.MANIFEST_PARSED, begin);
  hls.loadSource(url);
  hls.attachMedia(video);
}

// Starts `asset` (an Asset or AssetDetail of the API). Returns whether there is something to watch.
export function play(asset) {
  stop();
  const content = `/content/${asset.id}?v=${viewer}`;
  if (asset.kind === 'video') {
    const url = `/hls/${asset.id}/index.m3u8?v=${viewer}`;
    if (window.Hls && window.Hls.isSupported()) {
      play_hls(url);
      return true;
    }
    video.src = video.canPlayType('application/vnd.apple.mpegurl') ? url : content;
    begin();
    return true;
  }
  if (/^(video|audio)\//.test(asset.mime || '') && video.canPlayType(asset.mime)) {
    video.src = content;
    begin();
    return true;
  }
  return false;
}

export function show_waiting(text) {
  if (video.classList.contains('waiting') || video.readyState < 3) say(text);
}

export { video };
