#include "netsim/engine/sign_meter.h"

struct sign_meter sign_meter;
