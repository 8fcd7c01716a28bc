/** The style of the docs page, in the page itself: it loads nothing. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5a6675; --line: #dde3ea; --ground: #fff; --panel: #f5f7fa; --accent: #0b6bcb; --good: #14764a; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9f0; --soft: #9aa7b6; --line: #2c3643; --ground: #12171e; --panel: #1a212a; --accent: #6cb2ff; --good: #5fd39b; --bad: #ff8a80; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1.5rem; }
body { margin: 0; color: var(--ink); background: var(--ground); font: 16px/1.55 system-ui, sans-serif; }
.page { display: grid; grid-template-columns: 20rem minmax(0, 1fr); max-width: 80rem; margin: 0 auto; }
nav { position: sticky; top: 0; align-self: start; height: 100vh; overflow: auto; padding: 2rem 1.5rem; border-right: 1px solid var(--line); font-size: .875rem; }
nav h2 { margin: 1.2rem 0 .3rem; font-size: .75rem; letter-spacing: .06em; text-transform: uppercase; color: var(--soft); }
nav a { display: block; padding: .15rem 0; overflow-wrap: anywhere; }
main { padding: 2rem 2.5rem 6rem; }
h1 { margin: 0; font-size: 2rem; }
h2.area { margin: 3rem 0 0; padding-bottom: .4rem; border-bottom: 1px solid var(--line); }
section { margin-top: 2.2rem; }
h3 { margin: 0 0 .3rem; font-size: 1.05rem; overflow-wrap: anywhere; }
h4 { margin: 1.2rem 0 .4rem; font-size: .8rem; letter-spacing: .05em; text-transform: uppercase; color: var(--soft); }
p { margin: .4rem 0; max-width: 46rem; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
code, pre { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { margin: .5rem 0; padding: .8rem 1rem; overflow: auto; max-height: 30rem; background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; }
.method { display: inline-block; margin-right: .5rem; padding: 0 .4rem; border-radius: .25rem; color: var(--ground); background: var(--accent); font: 600 .75rem/1.6 ui-monospace, monospace; text-transform: uppercase; }
.wide { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th, td { padding: .4rem .8rem .4rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--soft); font-weight: 600; }
.ok { color: var(--good); font-weight: 600; }
.fail { color: var(--bad); font-weight: 600; }
.soft { color: var(--soft); }
summary { cursor: pointer; color: var(--accent); }
@media (max-width: 50rem) { .page { display: block; } nav { position: static; height: auto; border: 0; border-bottom: 1px solid var(--line); } main { padding: 1.5rem; } }
`;
