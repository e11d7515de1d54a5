#include "consensus/protocol.h"

const struct consensus_protocol consensus_simplex = {
    .name = "simplex",
    .footprint = consensus_footprint,
    .create = consensus_new,
    .step = consensus_step,
    .summary = consensus_summary,
    .lane_room = consensus_lane_room,
    .peer_exec_height = consensus_peer_exec_height,
    .record_is_live = consensus_record_is_live,
};
