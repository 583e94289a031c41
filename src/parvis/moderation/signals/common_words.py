"""The words that a text's language is told by, and that say nothing of what it is about."""

_ENGLISH = """
the a an and or but if of to in on at by for with from as is are was were be been being am do does did done have has had
i you he she it we they me him her us them my your his its our their this that these those there here what which who whom
not no so too very just only all any some more most such than then when where why how can could will would shall should
may might must about into over under again out up down off own same both each few other because while until before after
get got go goes going ll re ve like one know think want need make made say said see new now people time day good
"""
_FRENCH = """
le la les l un une des du de d et ou mais si en dans sur sous par pour avec sans chez vers a à au aux ce cet cette ces c s
est sont était étaient être été suis es sommes êtes ai as avons avez ont avait avoir je tu il elle on nous vous ils elles
j me te se m t moi toi lui leur eux mon ton son ma ta sa mes tes ses notre votre nos vos leurs ne n pas plus rien que qu
qui quoi dont où quand comment pourquoi comme très trop bien tout tous toute toutes même aussi alors donc car ni y ça cela
fait faire va vais vont peut peux faut veut veux dit dire voir ici là encore déjà toujours jamais après avant
"""
# Words of every day that mean something: an entry is better looked for by another of its words.
_EVERYDAY = """
account alive alone animaux another ans anyone attack attention available away baby back bank base beat better black block
blood book boy bravo bring brown bus business buy cake call car chance check cheese child children christians city clear
closed coffee come coming complete contre control country dead death die died done door double drive early eat end enjoy
enough entre espece everyone everything experience eyes face fake family feel fight film find finish fire follow food four
francais france free friday friend friends fuck fucking fun game gay girl girls give glad god gone government great gun guy
guys happy hard hate head heart help her hero hit hold home hope hot house hour hours human idea impossible keep kids kill
killed king last late left let life light likes line link list listen little live lives long look looking lost lot love loved
maison man maybe men merci met mieux million millions mind miss moins monday monde money month mother move much music name
never next nice night nobody non nothing number october old open order outside parents park part party pay phone photo place
plan plans play please point post power pretty prime problem proud put qui question rate read ready real release religion
remember report respect return right room round run sale school season self send service sex share shot show side sleep small
snow solution some somebody someone something sorry speed star start stay stop stuff stupid suis support sure take talk tell
thank thanks thing things throw thursday today tomorrow tonight top town trade try tuesday turn twice update use video visit
wait waiting walk war watch watching water wednesday week white whole wife win window wish without woman women won word words
work working works world write year years young yourself
nothing even done school having making haha lol making watching shit dog person damn stupid don didn doesn isn won wouldn where
abord ami amis an annee argent aucun autre autres beau beaucoup besoin chaque chef chez chose choses chien combien coup cours
croire demain demande depuis dernier deux dieu dimanche dois doit donne enfant enfants ensemble envie fille filles fils fin
fois force frere gens grand grande guerre heure heures histoire homme hommes jeu jeune jour jours juste lettre lieu livre loin
long lundi main mains mal mama maman mari matin mere mettre mieux mille moment monsieur mort mot nom nouveau nuit oui pays
peine pendant pense pere personne petit petite peur place plaisir porte pouvoir premier prend prendre pres problème professeur
raison regarde reste rue samedi sait sale savoir semaine sens seul seule soir sorte sujet sûr table tard temps terre tete tiens
travail trois trouve tuer tue type vendredi vie vieux ville vite vivre voiture voix vrai vraiment
"""
_PLAIN = str.maketrans("àâçéèêëîïôûù", "aaceeeeiiouu")

ENGLISH = frozenset(_ENGLISH.split())
FRENCH = frozenset(_FRENCH.translate(_PLAIN).split())
COMMON = ENGLISH | FRENCH
EVERYDAY = frozenset(_EVERYDAY.translate(_PLAIN).split())
