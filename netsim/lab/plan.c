/* From a command line to a scenario, and to a result file: see plan.h. */
#include "netsim/lab/plan.h"

#include <stdlib.h>
#include <string.h>

#include "netsim/lab/experiment.h"
#include "netsim/lab/result_file.h"

bool plan_set(struct plan *plan, const char *setting)
{
    if (plan->setting_count == PLAN_SETTINGS_MAX) {
        return false;
    }
    plan->settings[plan->setting_count++] = setting;
    return true;
}

static bool setting_apply(struct scenario *scenario, const char *setting,
                          struct scenario_error *error)
{
    char field[SWEEP_FIELD_SIZE];
    const char *equals = strchr(setting, '=');
    if (equals == NULL || (size_t)(equals - setting) >= sizeof field) {
        (void)snprintf(error->text, sizeof error->text, "--set %.80s: write SECTION.FIELD=VALUE",
                       setting);
        return false;
    }
    memcpy(field, setting, (size_t)(equals - setting));
    field[equals - setting] = '\0';
    return scenario_set(scenario, field, equals + 1, error);
}

bool plan_scenario(const struct plan *plan, struct scenario *scenario, struct scenario_error *error)
{
    scenario_init(scenario);
    bool made = scenario_load(scenario, plan->file, error);
    for (uint32_t i = 0; made && i < plan->setting_count; i++) {
        made = setting_apply(scenario, plan->settings[i], error);
    }
    return made && sweep_point_apply(&plan->point, scenario, error) &&
           scenario_finish(scenario, error);
}

bool plan_run(const struct plan *plan, const char *result_path, char *why, size_t why_size)
{
    struct scenario_error error = {0};
    struct result_file file;
    struct scenario *scenario = malloc(sizeof *scenario);
    TALLY_ASSERT(scenario != NULL);
    bool done = plan_scenario(plan, scenario, &error);
    if (!done) {
        (void)snprintf(why, why_size, "%s", error.text);
    } else {
        struct experiment *experiment = experiment_new(scenario, NULL, why, why_size);
        done = experiment != NULL;
        if (done) {
            experiment_run(experiment, NULL, NULL);
            result_file_fill(&file, scenario, &plan->point, experiment_results(experiment));
            done = result_file_write(&file, result_path, why, why_size);
        }
        experiment_free(experiment);
    }
    free(scenario);
    return done;
}
