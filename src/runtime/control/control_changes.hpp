// The commands of the control socket that change something: the configuration in use, names in the
// store, and what was set aside. One process writes the store, so these must go through it.
#pragma once

#include "journal/journal.hpp"
#include "runtime/control/control.hpp"
#include "runtime/reload/components.hpp"
#include "runtime/reload/reloader.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace cistern::runtime {

/// References outlive the handler.
struct ChangeContext {
  Loop& loop;
  journal::Journal& journal;
  Components& components;
  std::shared_ptr<Reloader> reloader;  ///< Empty: this process cannot read its file again.
};

/// Understands, each with the fields behind it:
/// - "reload": answers with report_json().
/// - "rename_connector" (name, to), "remove_connector" (name), "forget_destination" (name): as
///   reload, with the change made on the way.
/// - "quarantine_drop" (id): the item leaves the list; {}.
/// - "quarantine_retry" (id): the event is handed to its destination once more and leaves the list
///   when it was taken; {}.
/// False for anything else.
std::function<bool(const std::shared_ptr<ControlPeer>&, const std::string& command,
                   std::string_view request)>
make_change_handler(ChangeContext context);

}  // namespace cistern::runtime
