// Numbers and names as people read them. Pure.

export function bytes(n) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let i = 0;
  while (n >= 1024 && i < units.length - 1) { n /= 1024; ++i; }
  return `${i === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[i]}`;
}

export function clock(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  const two = (n) => String(n).padStart(2, '0');
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
                   : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

// How long something will take, roughly.
export function duration(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export function count(n, one, many = `${one}s`) {
  return `${n} ${n === 1 ? one : many}`;
}

// A steady colour for a peer, from its id.
export function colour(peer) {
  const hue = (parseInt(peer.slice(0, 6), 16) * 137) % 360;
  return `hsl(${hue} 65% 50%)`;
}

// An element with text and children; everything from outside passes here, as text.
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key in element) element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

const loopback = (host) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(host);

// The page of a peer, or nothing: only a web address is followed, and one on loopback only where the peer is on
// this machine, as is who looks at us from `host`. On another one that address is somebody else's.
export function page_link(peer, host) {
  if (!/^https?:\/\/[^/]/.test(peer.http)) return '';
  const here = loopback(host) && /^tcp:\/\/(127\.|\[::1\])/.test(peer.exchange);
  try {
    return !loopback(new URL(peer.http).hostname) || here ? peer.http : '';
  } catch {
    return '';
  }
}
