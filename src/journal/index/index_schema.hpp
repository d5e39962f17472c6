// The tables of the index; docs/formats/journal.md says what stands in them.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace cistern::journal {

class Database;

inline constexpr std::string_view kSchemaVersion = "3";

/// Creates what is not there yet. Errors are left in the database's status.
void create_schema(Database& database);

/// Fails with "journal/index-damaged" unless every table and index of the schema is there as it was
/// created. SQLite keeps the schema as text in the file, and a changed byte in it shows only in the
/// statement that meets it, maybe days later. What a user has added is left alone.
Status check_schema(Database& database);

}  // namespace cistern::journal
