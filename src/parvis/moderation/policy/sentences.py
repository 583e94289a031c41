"""What is said of each fault in a policy, in English and in French. `hint`, where given, is added as a question."""

SENTENCES: dict[str, tuple[str, str]] = {
    # The file
    "toml": ("The file is not valid TOML: {reason}.", "Le fichier n'est pas du TOML valide : {reason}."),
    "file_long": (
        "The policy has {length} bytes; at most {most} are read.",
        "La politique fait {length} octets ; au plus {most} sont lus.",
    ),
    "rules_many": (
        "The policy has {count} rules; at most {most} are allowed.",
        "La politique a {count} règles ; au plus {most} sont permises.",
    ),
    "rules_none": ("The policy has no rule.", "La politique n'a aucune règle."),
    "key_unknown": ("`{key}` is not a known field.", "« {key} » n'est pas un champ connu."),
    "key_missing": ("`{key}` is missing.", "« {key} » manque."),
    "type": ("`{key}` must be {wanted_en}.", "« {key} » doit être {wanted_fr}."),
    "empty": ("`{key}` is empty.", "« {key} » est vide."),
    "choice": (
        "`{value}` is not one of: {known}.",
        "« {value} » ne fait pas partie de : {known}.",
    ),
    "text_missing": (
        "The text in {language_en} is missing: members read every rule in French and in English.",
        "Le texte en {language_fr} manque : les membres lisent chaque règle en français et en anglais.",
    ),
    "text_long": (
        "The text has {length} characters; at most {most} are allowed.",
        "Le texte fait {length} caractères ; au plus {most} sont permis.",
    ),
    "language": (
        "`{language}` is not a language code of two or three small letters.",
        "« {language} » n'est pas un code de langue de deux ou trois lettres minuscules.",
    ),
    "id": (
        "`{value}` is not a usable id: small letters, digits and hyphens, beginning with a letter, at most 60.",
        "« {value} » ne peut servir d'identifiant : minuscules, chiffres et traits d'union, une lettre au début, 60 au plus.",
    ),
    "id_twice": (
        "Another rule before it has the same id.",
        "Une règle plus haut porte le même identifiant.",
    ),
    "jurisdiction": (
        "`{value}` is not a country code of two capital letters, nor EU.",
        "« {value} » n'est ni un code de pays de deux lettres majuscules, ni EU.",
    ),
    "law_reference": (
        "A rule that rests on a law names it (`reference`) and where it applies (`jurisdiction`).",
        "Une règle fondée sur une loi la nomme (« reference ») et dit où elle vaut (« jurisdiction »).",
    ),
    "minutes": (
        "`minutes` must be a number from 0 to {most}.",
        "« minutes » doit être un nombre de 0 à {most}.",
    ),
    # Effects
    "effects_none": (
        "A rule with a condition has at least one effect; `publish` only puts the match on record.",
        "Une règle qui a une condition a au moins un effet ; « publish » ne fait que noter la correspondance.",
    ),
    "effects_publish": (
        "`publish` has no sense beside other effects: the strongest is what happens.",
        "« publish » n'a pas de sens à côté d'autres effets : c'est le plus fort qui s'applique.",
    ),
    "effects_refuse": (
        "What is refused is not stored, so `{other}` beside `refuse` has no effect.",
        "Ce qui est refusé n'est pas enregistré : « {other} » à côté de « refuse » reste sans effet.",
    ),
    "effects_review": (
        "`review` publishes and queues already; `when` asks for no more than that.",
        "« review » publie et met en file déjà ; « when » ne demande rien de plus.",
    ),
    "machine_alone": (
        "A machine alone never removes for good: `refuse` is only for rules of the category spam, or whose condition needs a "
        "known hash (`hashes.*`), a spam pattern (`patterns.spam`) or a listed link (`links.listed`). Use `hold`.",
        "Une machine seule ne retire jamais pour de bon : « refuse » est réservé aux règles de catégorie spam, ou dont la "
        "condition exige une empreinte connue (« hashes.* »), un motif de spam (« patterns.spam ») ou un lien listé "
        "(« links.listed »). Employez « hold ».",
    ),
    "machine_suspends": (
        "An account is not suspended on the word of the model alone, not even until a person looks: the condition must also "
        "need something else, for instance `author.violations > 0`. Or use `hold`.",
        "Un compte n'est pas suspendu sur la seule foi du modèle, même dans l'attente d'une personne : la condition doit "
        "exiger autre chose aussi, par exemple « author.violations > 0 ». Ou employez « hold ».",
    ),
    "label_text": (
        "The effect `label` needs the label's text (`label = {{ en = …, fr = … }}`).",
        "L'effet « label » demande le texte de l'étiquette (« label = {{ en = …, fr = … }} »).",
    ),
    "label_unused": (
        "There is a label's text, but no effect `label`.",
        "Il y a un texte d'étiquette, mais pas d'effet « label ».",
    ),
    "condition_none": (
        "The rule has no condition: no machine applies it, people do.",
        "La règle n'a pas de condition : aucune machine ne l'applique, des personnes le font.",
    ),
    "failure_effect": (
        "When a detector fails, `{value}` is too strong: nothing was found. At most `hold`.",
        "Quand un détecteur est en panne, « {value} » est trop fort : rien n'a été trouvé. Au plus « hold ».",
    ),
    "failure_detector": (
        "There is no detector named `{value}` now.",
        "Aucun détecteur ne s'appelle « {value} » à présent.",
    ),
    # Conditions: reading
    "condition_empty": ("The condition is empty.", "La condition est vide."),
    "condition_long": (
        "The condition has {length} characters; at most {most} are allowed.",
        "La condition fait {length} caractères ; au plus {most} sont permis.",
    ),
    "condition_deep": (
        "The condition is nested too deeply, at character {at}; at most {most} levels.",
        "La condition est trop imbriquée, au caractère {at} ; au plus {most} niveaux.",
    ),
    "condition_ends": (
        "The condition ends too early: something is missing after its last word.",
        "La condition finit trop tôt : il manque quelque chose après le dernier mot.",
    ),
    "condition_sign": (
        "`{sign}` was not expected at character {at}.",
        "« {sign} » n'était pas attendu au caractère {at}.",
    ),
    "condition_chain": (
        "Two comparisons in a row, at character {at}: write `a < b && b < c`.",
        "Deux comparaisons à la suite, au caractère {at} : écrivez « a < b && b < c ».",
    ),
    "condition_index": (
        "Square brackets after a name, at character {at}, are not used: write `family.name`.",
        "Les crochets après un nom, au caractère {at}, ne s'emploient pas : écrivez « famille.nom ».",
    ),
    "condition_member": (
        "`.{name}`, at character {at}, follows something that has no parts: signals are named `family.name`.",
        "« .{name} », au caractère {at}, suit quelque chose qui n'a pas de parties : les signaux s'appellent « famille.nom ».",
    ),
    "condition_function": (
        "There is no function `{name}`, at character {at}; there are: {known}.",
        "Il n'y a pas de fonction « {name} », au caractère {at} ; il y a : {known}.",
    ),
    "condition_arguments": (
        "`{name}`, at character {at}, has the wrong number of arguments.",
        "« {name} », au caractère {at}, n'a pas le bon nombre d'arguments.",
    ),
    "condition_number": (
        "The number {number}, at character {at}, is too large.",
        "Le nombre {number}, au caractère {at}, est trop grand.",
    ),
    "condition_refused": (
        "The condition cannot be used: {reason}",
        "La condition ne peut être employée : {reason}",
    ),
    # Conditions: types
    "signal_unknown": (
        "There is no signal `{signal}` (character {at}).",
        "Il n'y a pas de signal « {signal} » (caractère {at}).",
    ),
    "not_boolean": (
        "The condition gives {found_en}, not true or false: compare it with something, as in `{example}`.",
        "La condition donne {found_fr}, et non vrai ou faux : comparez-la à quelque chose, comme dans « {example} ».",
    ),
    "operand": (
        "`{operator}`, at character {at}, cannot be used on {found_en}.",
        "« {operator} », au caractère {at}, ne s'emploie pas sur {found_fr}.",
    ),
    "operands": (
        "`{operator}`, at character {at}, cannot be used between {left_en} and {right_en}.",
        "« {operator} », au caractère {at}, ne s'emploie pas entre {left_fr} et {right_fr}.",
    ),
    "whole_and_fraction": (
        "`{operator}`, at character {at}, stands between a whole number and a number with a fraction: write {example}.",
        "« {operator} », au caractère {at}, se tient entre un nombre entier et un nombre à virgule : écrivez {example}.",
    ),
    "divisor": (
        "Dividing, at character {at}, is only possible by a number that is written out and is not 0.",
        "Diviser, au caractère {at}, n'est possible que par un nombre écrit en toutes lettres et différent de 0.",
    ),
    "range_never": (
        "`{text}` is never true: {signal} is {kind_en}.",
        "« {text} » n'est jamais vrai : {signal} est {kind_fr}.",
    ),
    "range_always": (
        "`{text}` is always true: {signal} is {kind_en}.",
        "« {text} » est toujours vrai : {signal} est {kind_fr}.",
    ),
    "value_unknown": (
        "{signal} is never `{value}`; it can be: {known}.",
        "{signal} n'est jamais « {value} » ; il peut être : {known}.",
    ),
    # Conditions: what they can do
    "never": (
        "The condition can never be true{sampled_en}.",
        "La condition ne peut jamais être vraie{sampled_fr}.",
    ),
    "always": (
        "The condition is true for everything{sampled_en}.",
        "La condition est vraie pour tout{sampled_fr}.",
    ),
    "at_default": (
        "The condition is true where nothing at all was found: the rule would match every post{where_en}.",
        "La condition est vraie là où rien n'a été trouvé : la règle toucherait tous les messages{where_fr}.",
    ),
    "review_idle": (
        "`review` never comes to bear: whenever it is true, `when` is too{sampled_en}.",
        "« review » ne sert jamais : quand elle est vraie, « when » l'est aussi{sampled_fr}.",
    ),
}
