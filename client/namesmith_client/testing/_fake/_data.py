"""The data of the fake model: names that it is counted from, and names that it is evaluated on."""

NAMES = """
aaron abigail ada adam adrian agnes aidan alan albert alex alexander alice alina alma amanda
amelia amy ana andrea andrew angela anita ann anna anne annie anton april arthur ava barbara
beatrice bella ben benjamin bernard bianca brenda brian bruno camila carl carla carlos carmen
caroline catherine cecilia charles charlotte chloe christian clara claire clara conrad cora
corinna daniel daniela david dean deborah denis diana dora dorothy edgar edith edward eileen
elena eli elias elisa eliza elizabeth ella ellen elsa emil emily emma eric erica ernest esther
ethan eva evan evelyn felix fiona flora florence frances frank frederick gabriel george gerald
gloria grace greta hannah harold harry hazel heather helen helena henry hugo ian ida ingrid
irene iris isaac isabel isabella ivan jack jacob james jane janet jasmine jason jean jenna
jennifer jeremy jessica joan joanna joel john jonathan jordan joseph joshua josie julia julian
juliet june karen karl kate katherine kayla keith kelly kenneth kevin kira lara larry laura
lauren lea leah leo leon leona liam lillian lily linda lisa logan lola louis louise lucas lucia
lucy luna lydia mabel madeline maria marian marie marina mario marion mark martha martin mary
mason matthew maya megan melanie melissa mia michael mila miles miranda molly monica morgan
nancy naomi natalie nathan nia nicholas nicole nina noah nora norman olga olive oliver olivia
oscar owen pamela patricia patrick paul paula peter philip rachel ralph raymond rebecca renata
richard rita robert robin roland rosa rose ruby ruth ryan sabrina sally samantha samuel sandra
sara sarah scott sean selena sharon sheila simon sofia sonia sophia stella stephanie stephen
susan sylvia teresa theo theodore thomas tina tobias valerie vera victor victoria vincent viola
violet virginia vivian walter wanda wendy william zoe
"""
"""The names of the training split, with white space between them."""

TRAIN = tuple(NAMES.split())
"""Names of the training split."""

VAL = ("adele", "anna", "carol", "dana", "elina", "james", "marlene", "nelly", "ronan", "tara")
"""Names of the val split, two of which stand in the training split too."""

TEST = ("alba", "bruno", "celine", "delia", "emilia", "jonas", "karina", "lorena", "samira", "tom")
"""Names of the test split, one of which stands in the training split too."""

SPLITS = {"train": TRAIN, "val": VAL, "test": TEST}
"""The names of each split."""

SYMBOLS = tuple(".abcdefghijklmnopqrstuvwxyz")
"""The vocabulary of the fake model."""
