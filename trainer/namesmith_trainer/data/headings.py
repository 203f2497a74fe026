"""The usual headings of columns of names and of counts, in many languages, in lower case."""

NAME_HEADINGS = frozenset(
    "name names"  # noqa: SIM905 - a list would have a line for each word
    " vorname vornamen nachname familienname nom prénom prenom nombre nombres apellido"
    " apellidos nome cognome sobrenome apelido naam namen voornaam achternaam navn fornavn"
    " etternavn efternavn namn förnamn efternamn nafn nimi etunimi sukunimi nimed imię imie"
    " nazwisko jméno jmeno příjmení priezvisko név keresztnév vezetéknév nume prenume ime"
    " prezime vardas vārds όνομα επώνυμο имя фамилия имена ім'я прізвище име isim שם اسم نام"
    " नाम ชื่อ 姓名 名字 姓 名 名前 氏名 名称 이름 성명".split()
)
"""Headings of the column of names."""

COUNT_HEADINGS = frozenset(
    "count counts"  # noqa: SIM905 - a list would have a line for each word
    " number frequency freq weight n births occurrences anzahl häufigkeit effectif"
    " fréquence cantidad frecuencia frequenza quantità frequência aantal antal määrä liczba"
    " количество число 数量 人数 度数".split()
)
"""Headings of the column of counts."""
