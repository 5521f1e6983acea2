/**
 * The styles of {@link flowPicture}, on top of the base styles. Everything is below the class `flow`, because the
 * emulator's pages have rules of their own. Lanes are counted in custom properties: `--n` lanes, an arrow from lane
 * `--a` across `--w` of them. Lines are borders, which paper and forced colours keep. Only ASCII: one character beyond
 * Latin-1 makes encoding a page four times as slow.
 */
export const flowStyles = `
.flow{--tone:var(--accent);--on-tone:var(--on-accent);--ground:var(--wash);overflow-wrap:anywhere}
.n1{--n:1}.n2{--n:2}.n3{--n:3}.n4{--n:4}.n5{--n:5}.a0{--a:0}.a1{--a:1}.a2{--a:2}.a3{--a:3}.a4{--a:4}.w1{--w:1}.w2{--w:2}.w3{--w:3}.w4{--w:4}
.flow .ok{--tone:var(--accent)}
.flow .bad{--tone:var(--alarm);--on-tone:var(--card);--ground:var(--alarm-wash)}
.flow .open{--tone:var(--banner-text);--on-tone:var(--banner);--ground:var(--banner)}
.flow .unseen{--tone:var(--quiet);--on-tone:var(--card)}
.flow :is(h2,h3,p,ol,ul,dl,dd){margin:0;padding:0}
.flow code{font:.8125rem/1.45 var(--mono)}
.flow .out{margin:1.25rem 0 1.75rem;padding:1rem 1.25rem;border:1px solid var(--tone);border-left-width:6px;border-radius:12px;background:var(--ground)}
.out h2{font-size:1.25rem;line-height:1.35;font-weight:650;color:var(--tone)}
.out h2 a{color:inherit}
.flow .out p{margin:.5rem 0 0;white-space:pre-line}
.flow .out .codes{font-size:.875rem}
.lanes,.strip{display:grid;grid-template-columns:repeat(var(--n),minmax(0,1fr))}
.flow .lanes{position:sticky;top:0;z-index:2;width:min(var(--n)*8.5rem,44%);padding:.5rem 0;background:var(--page);list-style:none;font-size:.8125rem;line-height:1.25;font-weight:650;text-align:center;align-items:end}
.lanes li{margin:0 .1875rem;padding:.375rem .25rem;border:1px solid var(--edge);border-radius:8px;background:var(--card)}
.steps{list-style:none}
.brief{padding:.375rem 0}
.brief small{color:var(--quiet);white-space:nowrap}
.flow .row :is(.arrow,.box){position:relative;top:0;margin-top:.375rem;margin-bottom:.75rem}
.row .strip :is(.arrow,.box),.brief{align-self:end}
.row .box{padding:.125rem .375rem}
.flow>h2{margin:2.5rem 0 .75rem;font-size:1.25rem}
.step{display:grid;grid-template-columns:min(var(--n)*8.5rem,44%) minmax(0,1fr);gap:0 1.5rem;scroll-margin-top:4.5rem}
.strip{font:.75rem/1.2 var(--mono)}
.strip i{grid-area:1/1;margin-left:calc(50% - .5px);border-left:1px dashed var(--edge)}
.strip i:nth-child(2){grid-column:2}.strip i:nth-child(3){grid-column:3}.strip i:nth-child(4){grid-column:4}.strip i:nth-child(5){grid-column:5}
.arrow,.box{grid-area:1/1/2/-1;align-self:start;position:sticky;top:4.5rem;margin:1rem 0 1.75rem calc((var(--a) + .5)/var(--n)*100%);color:var(--tone)}
.arrow{width:calc(var(--w)/var(--n)*100%);min-height:1.625rem;padding:0 1rem .375rem;border:0 solid;border-bottom-width:2px;text-align:center}
.arrow::after{content:"";position:absolute;right:1px;bottom:-6px;width:10px;height:10px;border:solid;border-width:2px 2px 0 0;transform:rotate(45deg)}
.back::after{right:auto;left:1px;transform:rotate(-135deg)}
.flow :is(.arrow,.box).unseen{border-style:dashed}
.strip b{font:650 .75rem/1.375rem var(--sans);min-width:1.5rem;height:1.5rem;padding:0 .25rem;border:1px solid var(--tone);border-radius:1rem;background:var(--tone);color:var(--on-tone);text-align:center;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.arrow b{position:absolute;left:-.75rem;bottom:-.8125rem}
.back b{left:auto;right:-.75rem}
.arrow span{background:var(--page);padding:0 .125rem}
.box{display:grid;justify-items:center;gap:.25rem;justify-self:start;max-width:calc(100%/var(--n) - .5rem);padding:.375rem .5rem;border:1.5px solid;border-radius:8px;background:var(--card);text-align:center;transform:translateX(-50%)}
.flow .card{margin:0 0 1rem;padding:1rem 1.25rem;border:1px solid var(--line);border-radius:12px;background:var(--card);min-width:0}
.flow .card.bad{border-color:var(--tone)}
.flow .card.unseen{border-style:dashed;background:none}
.step:target .card{outline:3px solid var(--tone)}
.card h3{font-size:1.0625rem;line-height:1.35;font-weight:650}
.chip{display:inline-block;margin:0 0 0 .375rem;padding:0 .5rem;border:1px solid var(--tone);border-radius:1rem;background:var(--ground);color:var(--tone);font-size:.75rem;line-height:1.5;font-weight:600;vertical-align:.1em}
.chip.stop{background:var(--tone);color:var(--on-tone);print-color-adjust:exact;-webkit-print-color-adjust:exact}
.flow :is(.quiet,dd small,.checks small){color:var(--quiet);font-size:.875rem}
.card>*+*{margin-top:.625rem}
.flow .card>p:not(.quiet){margin-top:.5rem}
.flow .line{padding:.5rem .75rem;border-radius:8px;background:var(--ground)}
.card h4{margin:1rem 0 .25rem;font-size:.8125rem;font-weight:650;color:var(--quiet)}
.flow dl{display:block;font-size:.875rem;line-height:1.45}
.flow dl div{display:grid;grid-template-columns:minmax(0,10.5rem) minmax(0,1fr);gap:0 1rem;padding:.375rem 0;border-top:1px solid var(--line)}
.flow dt{color:var(--text)}
.flow dd small{display:block}
.flow .in{grid-column:1/-1;margin:.375rem 0 0 .375rem;padding-left:.75rem;border-left:3px solid var(--line)}
.in div:first-child{border-top:0}
.hid{padding:.0625rem .375rem;border:1px dashed var(--edge);border-radius:6px;color:var(--quiet);font-size:.8125rem}
.checks{list-style:none;font-size:.875rem;line-height:1.45}
.checks li{display:grid;grid-template-columns:6.75rem minmax(0,1fr);gap:0 .5rem;padding:.25rem 0}
.checks b{font-weight:600;color:var(--tone)}
.checks small{display:block}
.flow .more{margin-top:.75rem;font-size:.8125rem}
.flow .key{margin-top:2rem;padding-top:1rem;border-top:1px solid var(--line);font-size:.875rem}
.key h2{font-size:1rem;font-weight:650}
.flow .key ul{margin:.5rem 0 1rem;list-style:none}
.key li{display:grid;grid-template-columns:9rem minmax(0,1fr);gap:0 1rem;align-items:center;padding:.25rem 0}
.flow .key :is(.arrow,.box){--n:1;--w:1;display:block;position:relative;top:0;width:5rem;min-height:.75rem;margin:0 0 .375rem;padding:0}
.flow .key .box{width:2rem;height:1.25rem;margin:0;transform:none}
.key .chip,.key .hid{justify-self:start}
@media (max-width:43.75em){
.flow .row{display:grid;grid-template-columns:55% minmax(0,1fr);gap:0 .75rem}
.row .strip span{display:none}
.brief small{display:block}
.flow .lanes{width:100%;font-size:.75rem}
.flow .step{display:block}
.flow .strip .box,.flow .strip .arrow{position:relative;top:0;margin-top:.75rem;margin-bottom:1.25rem}
.flow .card{margin:0;padding:.875rem 1rem}
.flow dl div{display:block}
.key li{grid-template-columns:7rem minmax(0,1fr)}
}
@media print{
:root{--page:#fff;--card:#fff;--text:#000;--quiet:#333;--line:#999}
.flow .lanes,.flow .strip>:is(.arrow,.box){position:relative;top:0}
.step,.out{break-inside:avoid}
.card h3{break-after:avoid}
}
`
