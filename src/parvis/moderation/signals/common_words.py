"""The words that a text's language is told by, and that say nothing of what it is about."""

_ENGLISH = """
the a an and or but if of to in on at by for with from as is are was were be been being am do does did done have has had
i you he she it we they me him her us them my your his its our their this that these those there here what which who whom
not no so too very just only all any some more most such than then when where why how can could will would shall should
may might must about into over under again out up down off own same both each few other because while until before after
get got go goes going like one know think want need make made say said see new now people time day good
"""
_FRENCH = """
le la les l un une des du de d et ou mais si en dans sur sous par pour avec sans chez vers a à au aux ce cet cette ces c s
est sont était étaient être été suis es sommes êtes ai as avons avez ont avait avoir je tu il elle on nous vous ils elles
j me te se m t moi toi lui leur eux mon ton son ma ta sa mes tes ses notre votre nos vos leurs ne n pas plus rien que qu
qui quoi dont où quand comment pourquoi comme très trop bien tout tous toute toutes même aussi alors donc car ni y ça cela
fait faire va vais vont peut peux faut veut veux dit dire voir ici là encore déjà toujours jamais après avant
"""
_PLAIN = str.maketrans("àâçéèêëîïôûù", "aaceeeeiiouu")

ENGLISH = frozenset(_ENGLISH.split())
FRENCH = frozenset(_FRENCH.translate(_PLAIN).split())
COMMON = ENGLISH | FRENCH
