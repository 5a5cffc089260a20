// What scrolls sideways can be scrolled with the keyboard, too.
(function () {
  function look() {
    document.querySelectorAll("pre > code, .md-typeset__scrollwrap, .gclint-wide").forEach(function (one) {
      if (one.scrollWidth > one.clientWidth) one.setAttribute("tabindex", "0");
      else if (!one.matches(":focus")) one.removeAttribute("tabindex");
    });
  }
  window.addEventListener("load", function () {
    look();
    new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  });
  window.addEventListener("resize", look);
})();
