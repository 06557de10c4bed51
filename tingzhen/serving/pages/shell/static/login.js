// A token behind "#" signs in by itself: a link for a phone. It leaves the address at once.

const token = decodeURIComponent(location.hash.slice(1));
if (token.startsWith("tz_")) {
  history.replaceState(null, "", location.pathname + location.search);
  document.getElementById("token").value = token;
  document.getElementById("login").requestSubmit();
}
