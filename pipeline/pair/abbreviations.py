"""Words of scientific English that a full stop may follow without ending the sentence.

Listed by hand, by what may follow them. Compared in small letters, without the last full stop.
"""

from __future__ import annotations

NEVER_LAST = frozenset(
    "e.g i.e eg ie cf vs viz resp w.r.t wrt w.l.o.g wlog s.t a.k.a ca approx incl excl esp dr prof "
    "mr mrs fig figs eq eqs eqn eqns sec sect secs subsec tab tabs ch chap vol pp thm thms prop "
    "lem cor refs eds dept alg algs appx suppl supp".split()
)
"""The sentence goes on, whatever follows."""

BEFORE_NUMBERS = frozenset(
    "no nos ref def ed ex exs app apps art par pt rem max min hyp conj tabl st ms "
    "jan feb mar apr jun jul aug sep sept oct nov dec".split()
)
"""The sentence goes on where a number, a letter or a bracket follows; these are words too."""

SELDOM_LAST = frozenset(
    "al ph.d u.s u.k u.n e.u inc ltd co corp jr sr d.c a.m p.m i.i.d sp spp ssp subsp var cv mt "
    "st ms max min".split()
)
"""The sentence ends only where a typical first word follows."""

JOURNALS = frozenset(
    "acad acta adv am amer ann anal appl arch astron astrophys atmos biol bull chem commun comm "
    "comp comput conf cosmol dyn eng environ eur exp fluids found gen geom geophys hist inst int "
    "j jour jpn lect lett mach mag mat math mech med mod mol mon nat natl nucl opt part phil phys "
    "proc publ quart rep res rev roy sci soc solids stat struct symp syst technol theor theory "
    "trans univ".split()
)
"""Parts of the titles of journals; abbreviations only where they are written with a capital."""

TITLES = frozenset("ms st mt".split())
"""Before a name, with a capital: Ms. Curie, St. Petersburg, Mt. Wilson."""

UNITS = frozenset(
    "s ms ns ps fs min h hr hrs sec d yr yrs m mm cm km nm pm fm g kg mg t k c f hz khz mhz ghz "
    "thz ev kev mev gev tev v mv kv w mw kw gw j n pa kpa mpa gpa mol mmol l ml db b gb mb kb tb "
    "pc kpc mpc gpc ly au å px fps gyr myr kyr mas arcsec arcmin deg rad ppm ppb pb fb gs cores "
    "in ft st nd rd th".split()
)
"""After a number they are its unit, and end a sentence like any word."""

NAMES_WITH_MARK = frozenset("yahoo jeopardy joomla kahoot yum".split())
"""Names that are written with an exclamation mark."""

LETTERED = frozenset(
    "algorithm appendix case category class condition eq equation experiment figure group "
    "hepatitis hypothesis lemma level matrix model panel part phase point property protein set "
    "study table theorem type variable vector version vitamin".split()
)
"""What a single capital letter after it names; the letter is no initial of a person."""

FIRST_WORDS = frozenset(
    "a above according across additionally after again against all along also alternatively "
    "although among an analogously analysis and another any are around as at based because before "
    "below besides between beyond both but by can certain code combined combining compared "
    "consequently considering contrary conversely crucially current currently data despite "
    "different do does due during each earlier either empirical empirically especially even "
    "eventually every existing experimental experiments extensive few finally first firstly "
    "following for formally from further furthermore generally given hence here how however i if "
    "importantly in including indeed inspired instead interestingly intuitively is it its just "
    "lastly later likewise many mathematically meanwhile more moreover most motivated much my "
    "namely neither nevertheless next no none nonetheless nor not notably nothing now numerical "
    "numerically obviously of often on once one only or other others otherwise our over overall "
    "particularly per perhaps previous prior rather recent recently remarkably respectively "
    "results roughly second secondly several she should significantly similar similarly "
    "simulations since so some sometimes specifically still subsequently such surprisingly than "
    "thanks that the their theirs then there thereby therefore these they third this those though "
    "three through throughout thus to together two typically ultimately under unfortunately unlike "
    "until up upon using usually via was we were what when where whereas whether which while who "
    "why will with within without would yet you your".split()
)
"""Words that open a sentence after what looks like an abbreviation or an initial."""
