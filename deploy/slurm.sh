#!/bin/bash
# Trains a study in 24 shards on a SLURM cluster: see docs/scale.md. Each task has a home of its own below
# shards/, so that nothing is shared but the folder that is gathered in the end. A task that was stopped goes
# on where it was when it is submitted again: all of them as before, or one with the number of all,
# `sbatch --array=7 --export=ALL,SUITE_SHARDS=24 deploy/slurm.sh optimizers`.
#
#   trials=$(sbatch --parsable deploy/slurm.sh optimizers)
#   sbatch --dependency=afterany:$trials --cpus-per-task=8 --time=1:00:00 --wrap \
#       "suite gather optimizers --from shards"
#
#SBATCH --array=1-24
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=2:00:00
#SBATCH --output=shard-%a.log

set -euo pipefail
study=${1:?the name of a study, or the path of its file}
export SUITE_HOME=$PWD/shards/$SLURM_ARRAY_TASK_ID
exec suite study "$study" --shard "$SLURM_ARRAY_TASK_ID/${SUITE_SHARDS:-$SLURM_ARRAY_TASK_COUNT}" "${@:2}"
