-- The rules of the house that a new server starts with, in French and English; administrators change them.
INSERT INTO rules (id, position, text, hint) VALUES
(1, 1, '{"en": "Speak to people as you would across a table.", "fr": "Parlez aux gens comme à table, face à face."}',
       '{"en": "Disagree with ideas; do not harass, threaten or humiliate anyone.", "fr": "Contestez les idées ; ne harcelez, ne menacez, n’humiliez personne."}'),
(2, 2, '{"en": "No hatred, no call to violence.", "fr": "Pas de haine, pas d’appel à la violence."}',
       '{"en": "No attack on people for what they are: origin, religion, sex, orientation, disability, age.", "fr": "Aucune attaque contre des personnes pour ce qu’elles sont : origine, religion, sexe, orientation, handicap, âge."}'),
(3, 3, '{"en": "What is private stays private.", "fr": "Ce qui est privé reste privé."}',
       '{"en": "Do not publish other people’s addresses, numbers, messages or pictures without their consent.", "fr": "Ne publiez ni adresses, ni numéros, ni messages, ni images d’autrui sans son accord."}'),
(4, 4, '{"en": "Warn before what may hurt.", "fr": "Prévenez avant ce qui peut heurter."}',
       '{"en": "Mark sensitive pictures and use content warnings; nothing sexual that involves minors, ever.", "fr": "Signalez les images sensibles et employez les avertissements ; rien de sexuel impliquant des mineurs, jamais."}'),
(5, 5, '{"en": "Be who you say you are; no spam.", "fr": "Soyez qui vous dites être ; pas de spam."}',
       '{"en": "Parody says that it is one, automated accounts are marked, advertising is not repeated.", "fr": "La parodie s’annonce, les comptes automatisés sont marqués, la publicité ne se répète pas."}')
ON CONFLICT DO NOTHING;
