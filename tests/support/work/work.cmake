# A test that counts what Oniguruma does has its calls go through pattern_work.
function(target_count_pattern_work name)
  target_sources(${name} PRIVATE ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/pattern_work.c)
  target_link_options(${name} PRIVATE
    -Wl,--wrap=onig_match_with_param -Wl,--wrap=onig_search_with_param)
endfunction()
