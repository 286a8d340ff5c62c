# docs/WALKTHROUGH.md: each command of it is run, on a local stack, and says what stands there.
#
# "$ " begins a command; what follows up to the next is its standard output and, of psql, its errors.
# "…" in a line is anything, a line of it alone any number of lines. Progress on stderr is left out.
# The widths of columns do not matter. What needs a moment to come true (a status, a
# query) is asked again until it is.
use strict;
use warnings;
use utf8;

use LocalStack;
use Test::More;

my $builder = Test::More->builder;
binmode $builder->$_, ':encoding(UTF-8)' for qw(output failure_output todo_output);

my @steps;
open my $page, '<:encoding(UTF-8)', "$LocalStack::checkout/docs/WALKTHROUGH.md" or die;
my $in = 0;
while (my $line = <$page>)
{
	if ($line =~ /^```/) { $in = $line =~ /^```console/ }
	elsif ($in && $line =~ /^\$ (.*)/) { push @steps, { command => $1, output => '' } }
	elsif ($in) { $steps[-1]{output} .= $line }
}
ok(@steps > 25, scalar(@steps) . ' commands');

my $stack = LocalStack->new(password => 'pgwatch');
$stack->{env}{POSTGRES_PASSWORD} = 'postgres';
LocalStack::write_file($stack->{config}, LocalStack::slurp($stack->{config}) =~ s/^cluster: test$/cluster: lab/mr);
$ENV{LAB} = $stack->{config};
$ENV{uc $_} = $stack->{ports}{$_} for qw(primary replica1 replica2);
$ENV{$_} = $stack->{env}{$_} for keys %{ $stack->{env} };
$ENV{PGWATCH_PASSWORD} = 'pgwatch';
my $psql = 'PGHOST=127.0.0.1 PGUSER=postgres PGPASSWORD=postgres PGDATABASE=postgres psql -X';

sub plain
{
	my ($text) = @_;
	$text =~ s/-{2,}(\+-+)*/-/g;
	$text =~ s/[ \t]+/ /g;
	$text =~ s/^ | $//mg;
	$text =~ s/\n+\z/\n/;
	return $text;
}

sub pattern_of
{
	my $pattern = join '', map { /^…\n\z/ ? '(?:.*\n)*?' : join '.*', map { quotemeta } split /…/, $_, -1 }
	  split /^/, plain($_[0]);
	return qr/\A$pattern\z/;
}

sub run
{
	my ($command) = @_;
	my $stderr = $command =~ /psql/ ? '2>&1' : "2>$stack->{folder}/errors";
	$command =~ s{^\./pgwatch-tui}{'$LocalStack::program'};
	$command =~ s/\bpsql\b/$psql/ if $command !~ /^timeout/;
	$command =~ s/^timeout 3 psql/env PGHOST=127.0.0.1 PGUSER=postgres PGPASSWORD=postgres PGDATABASE=postgres timeout 3 psql -X/;
	open my $pipe, '-|:encoding(UTF-8)', 'bash', '-c', "$command $stderr </dev/null" or die;
	local $/;
	my $out = <$pipe> // '';
	close $pipe;
	return $out;
}

for my $step (@steps)
{
	my $wanted = pattern_of($step->{output});
	my $may_repeat = $step->{command} =~ / status |SELECT (?!pg_promote)/;
	my $out;
	LocalStack::wait_until($may_repeat ? 20 : 0,
		sub { $out = plain(run($step->{command})); $out =~ $wanted });
	like($out, $wanted, $step->{command}) or do {
		diag LocalStack::slurp("$stack->{folder}/errors");
		last;
	};
}
done_testing();
