#!/bin/sh
# Two tables with people's names, masked so that they still fit together:
#
#     sh examples/stories/masking.sh [HOST:PORT]
#
# Start a server first: namesmith-server
set -eu
export NAMESMITH_ADDRESS="${1:-${NAMESMITH_ADDRESS:-localhost:50051}}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

# The secret is made once, and kept where keys are kept: head -c 32 /dev/urandom > secret
echo 'the secret of this example alone' > secret

cat > customers.csv <<END
id,name,town
1,Anna,"Hamburg, Altona"
2,Siobhán,Cork
3,Otto,Graz
END
cat > orders.csv <<END
name,item
Otto,violin
Anna,"bow, carbon"
Otto,rosin
END

for table in customers orders; do
  echo "$table:"
  namesmith pseudonymise --secret-file secret --column name --capitalise < "$table.csv"
done
